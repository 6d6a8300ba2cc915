// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes what the image holds to examples/lab/dist, or to the folder that is named.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleLab } from "./bundle.ts";

const folder = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
const started = performance.now();
const { bytes, files } = await bundleLab(resolve(folder));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `Bundled the lab: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, in ${seconds} s`,
);
