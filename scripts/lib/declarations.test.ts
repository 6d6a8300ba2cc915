// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { relocateMap, rewriteImports } from "./declarations.ts";

test("rewriteImports() turns relative .ts endings into .js, and nothing else", () => {
  const text = [
    'export { a } from "./a.ts";',
    'export type B = import("../b/b.ts").B;',
    'import type { C } from "pkg/c.ts";',
    'declare const d: "see d.ts";',
  ];
  expect(rewriteImports(text.join("\n")).split("\n")).toEqual([
    'export { a } from "./a.js";',
    'export type B = import("../b/b.js").B;',
    'import type { C } from "pkg/c.ts";',
    'declare const d: "see d.ts";',
  ]);
});

test("relocateMap() names the source from the new place", () => {
  const map = JSON.stringify({ version: 3, sources: ["../../x.ts"], mappings: "AAAA" });
  expect(JSON.parse(relocateMap(map, "../src/x"))).toEqual({
    version: 3,
    sources: ["../src/x.ts"],
    mappings: "AAAA",
  });
});
