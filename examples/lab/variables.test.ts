// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withVariablesTables } from "./kit/variables-table.ts";
import { variablePages } from "./variables.ts";

test.each(Object.entries(variablePages))(
  "%s shows the variables that the code has",
  (name, tables) => {
    const page = readFileSync(new URL(name, import.meta.url), "utf8");

    expect(page, 'run "npm run generate"').toBe(withVariablesTables(page, tables));
  },
);
