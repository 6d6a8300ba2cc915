// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Markdown, readMarkdown } from "../lib/markdown.ts";

/** Relative links to files that do not exist, and to headings that no document has. */
export function brokenLinks(file: string, { links, anchors }: Markdown): string[] {
  return links.flatMap(({ target, line }) => {
    if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
    const [path = "", fragment] = target.split("#");
    const linked = path === "" ? file : join(dirname(file), decodeURIComponent(path));
    if (relative(".", linked).startsWith("..")) {
      return [`${file}:${line}: '${target}' leaves the repo`];
    }
    if (!existsSync(linked)) return [`${file}:${line}: '${target}' is not there`];
    if (!fragment || !linked.endsWith(".md")) return [];
    const known = path === "" ? anchors : readMarkdown(readFileSync(linked, "utf8")).anchors;
    return known.has(fragment) ? [] : [`${file}:${line}: '${target}' names no heading`];
  });
}
