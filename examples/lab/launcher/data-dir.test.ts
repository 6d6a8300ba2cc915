// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { takeDataDir } from "./data-dir.ts";
import { temporaryDataDir } from "./lab.testing.ts";

test("takeDataDir() makes the folder and refuses it to a second lab until it is released", () => {
  const folder = temporaryFolder();
  const dataDir = join(folder, "not there", "yet");
  const release = takeDataDir(dataDir);

  expect(() => takeDataDir(dataDir)).toThrow(
    `Cannot use the data folder '${dataDir}': another lab uses it, LAB_DATA_DIR names one for this`,
  );
  release();
  takeDataDir(dataDir)();
});

test("takeDataDir() names the folder that it cannot make", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");

  expect(() => takeDataDir(file)).toThrow(`Cannot use the data folder '${file}': EEXIST`);
});

function temporaryFolder(): string {
  const { path, remove } = temporaryDataDir();
  onTestFinished(remove);
  return path;
}
