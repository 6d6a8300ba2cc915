// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { reportFault } from "../report-fault.ts";

/** Does what must not break the program that is measured. Undefined when it failed. */
export function attempt<T>(failure: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    reportFault(failure, error);
    return undefined;
  }
}
