// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import * as gatewaykit from "./index.ts";

test("index exports its public surface and no more", () => {
  expect(Object.keys(gatewaykit).sort()).toEqual([
    "GatewaykitError",
    "createGateway",
    "formUpload",
  ]);
});
