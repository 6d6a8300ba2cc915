// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import * as protokit from "./index.ts";

test("index exports its public surface and no more", () => {
  expect(Object.keys(protokit).sort()).toEqual(["ProtokitError", "createCodec"]);
});
