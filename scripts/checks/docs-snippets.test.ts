// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { toDocumentLines } from "./docs-snippets.ts";

test("toDocumentLines() points at the document instead of the snippet", () => {
  const output =
    ".doc-snippets/packages/otelkit/README.md/12.ts(14,3): error TS2304: Cannot find name 'x'.\n";
  expect(toDocumentLines(output)).toBe(
    "packages/otelkit/README.md:14:3: error TS2304: Cannot find name 'x'.\n",
  );
});
