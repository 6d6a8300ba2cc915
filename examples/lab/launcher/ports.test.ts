// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { freePorts, wellKnownPorts } from "./ports.ts";

test("freePorts() answers a different free port for every listener", async () => {
  const ports = await freePorts();

  expect(Object.keys(ports)).toEqual(Object.keys(wellKnownPorts));
  expect(new Set(Object.values(ports)).size).toBe(Object.keys(wellKnownPorts).length);
});
