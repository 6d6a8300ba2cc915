// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { entriesOf } from "./packages.ts";

test("entriesOf() gives exports and bins below ./dist", () => {
  const manifest = {
    name: "@labwire/x",
    exports: {
      ".": { "@labwire/source": "./src/index.ts", default: "./dist/index.js" },
      "./a": { types: "./dist/a.d.ts", default: "./dist/a.js" },
      "./package.json": "./package.json",
    },
    bin: { x: "./dist/cli.js" },
  };
  expect(entriesOf(manifest)).toEqual([
    { specifier: "@labwire/x", path: "index" },
    { specifier: "@labwire/x/a", path: "a" },
    { path: "cli" },
  ]);
});
