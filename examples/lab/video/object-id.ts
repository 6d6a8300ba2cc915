// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";

// One random part per process and a counter that starts anywhere, as MongoDB's drivers have it.
const processPart = randomBytes(5).toString("hex");
let counter = randomBytes(3).readUIntBE(0, 3);

/** A new id as MongoDB makes them: seconds, process, counter, in 24 hexadecimal digits. */
export function createObjectId(now: Date = new Date()): string {
  counter = (counter + 1) % 0x1000000;
  const seconds = Math.floor(now.getTime() / 1000) % 0x100000000;
  return hex(seconds, 8) + processPart + hex(counter, 6);
}

/** True for 24 hexadecimal digits in lower case, the one spelling that this service gives out. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{24}$/.test(text);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
