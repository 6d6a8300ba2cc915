// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { readMarkdown } from "../lib/markdown.ts";
import { brokenLinks } from "./docs-links.ts";

const check = (text: string, file = "README.md") => brokenLinks(file, readMarkdown(text));

test("brokenLinks() passes files, headings and addresses elsewhere", () => {
  const text = [
    "# Defaults, and *limits*",
    "[a](package.json) [b](#defaults-and-limits) [c](https://example.com/x) [d]",
    '<a href="LICENSE">licence</a>',
    "",
    "[d]: ./scripts/check.ts",
  ].join("\n");
  expect(check(text)).toEqual([]);
});

test("brokenLinks() names file, line and target of what is not there", () => {
  const text = '# Title\n\n| a |\n| - |\n| [x](nowhere.md) |\n\n![y](#none) <img src="no.png">\n';
  expect(check(text)).toEqual([
    "README.md:5: 'nowhere.md' is not there",
    "README.md:7: '#none' names no heading",
    "README.md:7: 'no.png' is not there",
  ]);
});

test("brokenLinks() takes paths from the document's folder, and none out of the repo", () => {
  expect(check("[a](../LICENSE) [b](../../LICENSE)", "docs/README.md")).toEqual([
    "docs/README.md:1: '../../LICENSE' leaves the repo",
  ]);
});
