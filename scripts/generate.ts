// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes TypeScript from every folder of protos. `--check` fails when that changes a file.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const targets = [
  { protos: "examples/lab/proto", gen: "examples/lab/gen" },
  { protos: "packages/gatewaykit/proto", gen: "packages/gatewaykit/src/gen" },
  { protos: "testdata/proto", gen: "testdata/gen" },
];

const before = readGenerated();
for (const { protos, gen } of targets) {
  rmSync(gen, { recursive: true, force: true });
  const output = gen.slice(0, gen.lastIndexOf("/"));
  execFileSync("buf", ["generate", protos, "--include-imports", "--output", output], {
    stdio: "inherit",
  });
}
const after = readGenerated();

if (process.argv.includes("--check")) {
  const paths = new Set([...before.keys(), ...after.keys()]);
  const changed = [...paths].filter((path) => before.get(path) !== after.get(path));
  if (changed.length > 0) {
    console.error(`Generated code was not up to date (it is now): ${changed.join(", ")}`);
    process.exit(1);
  }
}

function readGenerated(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { gen } of targets) {
    if (!existsSync(gen)) continue;
    for (const entry of readdirSync(gen, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(path, readFileSync(path, "utf8"));
    }
  }
  return files;
}
