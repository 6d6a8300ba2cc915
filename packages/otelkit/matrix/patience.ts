// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** How long anything in a cell may take before the cell fails. A busy machine is no reason to. */
const patienceMs = 20_000;

/** Waits until something is so, and no longer than patience lasts. Returns whether it is. */
export async function becomes(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Waits for a promise, and no longer than patience lasts.
 *
 * @throws when it is not settled by then, and what the promise rejects with
 */
export async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited in vain: ${what}`)), patienceMs);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
