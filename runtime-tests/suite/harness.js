// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

const timeoutMs = 30_000;
const tests = [];

/** Adds a test. Tests run in order, one after the other. */
export function test(name, run) {
  tests.push({ name, run });
}

/** Fails unless the text holds the part. */
export function includes(text, part) {
  if (!text.includes(part)) throw new Error(`Expected '${part}' in:\n${text}`);
}

/** Runs all tests, prints one line each and the counts as JSON, and sets the exit code. */
export async function runTests() {
  const counts = { passed: 0, failed: 0 };
  for (const { name, run } of tests) {
    try {
      await withTimeout(run());
      counts.passed += 1;
      console.log(`ok - ${name}`);
    } catch (error) {
      counts.failed += 1;
      console.log(`not ok - ${name}\n${error?.stack ?? error}`);
      if (error?.cause) console.log("caused by", error.cause);
    }
  }
  console.log(JSON.stringify(counts));
  // The process must end by itself: what keeps it alive after its `close` is a fault.
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

function withTimeout(promise) {
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Took more than ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, expiry]).finally(() => clearTimeout(timer));
}
