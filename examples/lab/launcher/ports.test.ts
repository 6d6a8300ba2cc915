// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { freePorts, wellKnownPorts } from "./ports.ts";

test("freePorts() answers a different free port for every listener", async () => {
  const ports = await freePorts(3);

  const { videoStreamMetrics, ...others } = ports;
  expect(Object.keys(ports)).toEqual(Object.keys(wellKnownPorts(3)));
  expect(videoStreamMetrics).toHaveLength(3);
  const all = [...Object.values(others), ...videoStreamMetrics];
  expect(new Set(all).size).toBe(all.length);
});

test("wellKnownPorts() gives every video-stream a metrics port of its own", () => {
  expect(wellKnownPorts(3).videoStreamMetrics).toEqual([2226, 2227, 2228]);
});
