// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = new URL("../../docs/lab-faults.md", import.meta.url);

// | original | ours | tests |, below the two lines of the table's head.
const faults = readFileSync(page, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => line.slice(2).split(" | "));

test.each(faults)("%s: its tests are there", (_original, _ours, tests = "") => {
  const named = [...tests.matchAll(/\]\(([^)]+)\) "([^"]+)"/g)].map(([, file = "", title]) => ({
    title,
    path: new URL(file, page),
  }));

  const missing = named.filter(
    ({ path, title }) =>
      !existsSync(path) || !readFileSync(path, "utf8").includes(JSON.stringify(title)),
  );

  expect(named.length, "tests named in the row").toBeGreaterThan(0);
  expect(missing.map(({ title }) => title)).toEqual([]);
});

test("docs/lab-faults.md has a row for each fault", () => {
  expect(faults).toHaveLength(11);
});
