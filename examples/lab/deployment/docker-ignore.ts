// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Tells of a path of the build context whether a `.dockerignore` keeps it out of the build. */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ lets: line.startsWith("!"), pattern: toRegExp(line.replace(/^!/, "")) }));
  return (path) => {
    const segments = path.split("/");
    // A pattern that matches a folder matches all that is in it, and the last that matches decides.
    const paths = segments.map((_, i) => segments.slice(0, i + 1).join("/"));
    const rule = rules.findLast(({ pattern }) => paths.some((one) => pattern.test(one)));
    return rule !== undefined && !rule.lets;
  };
}

/** As Docker has it, and shells have not: a star stands for a dot at the start too. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^$()|[\]{}\\]/g, "\\$&")
    .replaceAll("**/", "\0")
    .replaceAll("*", "[^/]*")
    .replaceAll("\0", "(?:.*/)?");
  return new RegExp(`^${source}$`);
}
