// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { ConformanceCase, ConformanceTarget } from "./testing/conformance.ts";
export { driverConformance } from "./testing/conformance.ts";
export type { MemoryAction, MemoryDriver, MemoryDriverOptions } from "./testing/memory-driver.ts";
export { createMemoryDriver } from "./testing/memory-driver.ts";
export type { TestClock } from "./testing/test-clock.ts";
export { createTestClock } from "./testing/test-clock.ts";
