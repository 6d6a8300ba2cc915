// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundleLab } from "./bundle.ts";

test("bundleLab() removes nothing from a folder that holds something else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "photo.jpg"), "");

  await expect(bundleLab(folder)).rejects.toThrow(
    `Cannot bundle the lab into '${folder}': it holds something else`,
  );

  expect(readdirSync(folder)).toEqual(["photo.jpg"]);
});
