// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { readMarkdown } from "./markdown.ts";

test("readMarkdown() gives links, code and headings with their lines", () => {
  const text = [
    "# A `code` title",
    "",
    "[link](a.md) and `inline`",
    "",
    "- item",
    "",
    "  ```ts twoslash",
    "  const x = 1;",
    "  ```",
    "",
    "## A code title",
    "",
    "    npm start",
  ].join("\n");
  expect(readMarkdown(text)).toEqual({
    links: [{ target: "a.md", line: 3 }],
    codes: [
      { language: "", text: "code", line: 1, inline: true },
      { language: "", text: "inline", line: 3, inline: true },
      { language: "ts", text: "const x = 1;", line: 8, inline: false },
      { language: "", text: "npm start", line: 13, inline: false },
    ],
    anchors: new Set(["a-code-title", "a-code-title-1"]),
  });
});
