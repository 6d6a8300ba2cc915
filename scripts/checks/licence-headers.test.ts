// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { hasLicenceHeader } from "./licence-headers.ts";

const header = "// Copyright 2026 The labwire authors\n// SPDX-License-Identifier: Apache-2.0\n\n";

test("hasLicenceHeader() takes the two lines, after #! too, and as # comments", () => {
  const texts = [
    `${header}export {};\n`,
    `#!/usr/bin/env node\n${header}export {};\n`,
    `#!/bin/sh\n${header.replaceAll("//", "#")}true\n`,
  ];
  expect(texts.map(hasLicenceHeader)).toEqual([true, true, true]);
});

test("hasLicenceHeader() refuses a header that is late, cut short or without an empty line", () => {
  const texts = [
    "export {};\n",
    `\n${header}`,
    `${header.trimEnd()}\nexport {};\n`,
    "// Copyright 2026 The labwire authors\n\nexport {};\n",
  ];
  expect(texts.map(hasLicenceHeader)).toEqual([false, false, false, false]);
});
