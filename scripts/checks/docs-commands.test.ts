// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { readMarkdown } from "../lib/markdown.ts";
import { brokenCommands, npmScripts, ownPaths } from "./docs-commands.ts";

test("npmScripts() finds scripts that are run by name or by npm's short commands", () => {
  const lines = [
    "npm ci && npm start",
    "npm run check -- knip",
    "npm run test:slow; npm test",
    "npm install kafkajs",
    "npm pack",
  ];
  expect(lines.map(npmScripts)).toEqual([["start"], ["check"], ["test:slow", "test"], [], []]);
});

test("ownPaths() finds the repo's paths in arguments, not placeholders or comments", () => {
  const lines = [
    "curl -F file=@examples/lab/fixtures/sample.mp4 127.0.0.1:10080/v1/videos",
    "vitest run packages/<name> # like packages/otelkit",
    "./scripts/check.ts docs",
  ];
  expect(lines.map(ownPaths)).toEqual([
    ["examples/lab/fixtures/sample.mp4"],
    [],
    ["./scripts/check.ts"],
  ]);
});

test("brokenCommands() names scripts and files that are not there, by line", () => {
  const text = [
    "Run `npm run nothing` or `packages/nowhere`:",
    "",
    "```sh",
    "npm test",
    "node scripts/nowhere.ts",
    "```",
    "",
    "```ts",
    'const text = "npm run neither";',
    "```",
  ].join("\n");
  expect(brokenCommands("a.md", readMarkdown(text), new Set(["test"]))).toEqual([
    "a.md:1: no npm script is named 'nothing'",
    "a.md:5: 'scripts/nowhere.ts' is not there",
  ]);
});
