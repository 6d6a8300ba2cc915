// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes the tables of variables of the lab's pages from the code: part of `npm run generate`.

import { readFileSync, writeFileSync } from "node:fs";
import { withVariablesTables } from "./kit/variables-table.ts";
import { variablePages } from "./variables.ts";

for (const [name, tables] of Object.entries(variablePages)) {
  const page = new URL(name, import.meta.url);
  writeFileSync(page, withVariablesTables(readFileSync(page, "utf8"), tables));
}
