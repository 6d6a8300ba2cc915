// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { staleVersions } from "./docs-versions.ts";

const declared = new Map([
  ["kafkajs", ["^2.2.4"]],
  ["@connectrpc/connect", ["^2.2.0"]],
  ["node", [">=22.15"]],
]);
const check = (text: string) => staleVersions("a.md", text, declared);

test("staleVersions() passes versions that package.json allows, and names it does not know", () => {
  const text = [
    "npm install kafkajs@2 @connectrpc/connect@^2.2.0 left-pad@1.0.0",
    "Node 22.15 or newer, Node.js >=22.15, Node 24. Write to someone@2.example.",
    "`@connectrpc/connect` 2.3 works.",
  ].join("\n");
  expect(check(text)).toEqual([]);
});

test("staleVersions() names versions that package.json does not allow", () => {
  const text = "kafkajs@1.15.0\n`@connectrpc/connect` 1.4\nNode 20.11\n";
  expect(check(text)).toEqual([
    "a.md:1: kafkajs 1.15.0, but package.json says ^2.2.4",
    "a.md:2: @connectrpc/connect 1.4, but package.json says ^2.2.0",
    "a.md:3: Node 20.11, but package.json says >=22.15",
  ]);
});
