// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

/** Collects garbage until `isDone`, as finalizers run some time after. Gives up in the end. */
export async function collectGarbageUntil(isDone: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !isDone(); round++) await collectGarbage();
}

export async function collectGarbage(): Promise<void> {
  gc();
  await new Promise((resolve) => setImmediate(resolve));
}
