// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Collects garbage until something is so, as finalizers run some time after. Gives up in the end. */
export async function collectGarbageUntil(isSo: () => Promise<boolean>): Promise<void> {
  const collect = await findCollector();
  for (let round = 0; round < 200 && !(await isSo()); round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Each runtime has its own way. Deno has to be started with `--v8-flags=--expose-gc`. */
async function findCollector(): Promise<() => void> {
  const { Bun, gc } = globalThis as { Bun?: { gc(force: boolean): void }; gc?: () => void };
  if (Bun !== undefined) return () => Bun.gc(true);
  if (gc !== undefined) return gc;
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}
