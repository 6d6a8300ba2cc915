// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "./protocol/error-codes.ts";

const names = new Map<number, string>(
  Object.entries(errorCodes).map(([name, code]) => [code, name]),
);

/** What Kafka calls an error code, for expectations that can be read. */
export function errorNameOf(code: number): string {
  return names.get(code) ?? String(code);
}
