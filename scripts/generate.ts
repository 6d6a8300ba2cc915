// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes TypeScript from every folder of protos. `--check` writes nothing: it fails when a file
// would change.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const targets = [
  { protos: "examples/lab/proto", gen: "examples/lab/gen" },
  { protos: "packages/gatewaykit/proto", gen: "packages/gatewaykit/src/gen" },
  { protos: "packages/otelkit/conformance/proto", gen: "packages/otelkit/conformance/gen" },
  { protos: "testdata/proto", gen: "testdata/gen" },
];

if (process.argv.includes("--check")) {
  const folder = mkdtempSync(join(tmpdir(), "labwire-generate-"));
  try {
    const stale = targets.flatMap(({ protos, gen }) => {
      generate(protos, join(folder, gen));
      return differences(gen, join(folder, gen));
    });
    if (stale.length > 0) {
      console.error(`Not up to date, 'npm run generate' mends it: ${stale.join(", ")}`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  for (const { protos, gen } of targets) {
    rmSync(gen, { recursive: true, force: true });
    generate(protos, gen);
  }
}

/** buf.gen.yaml puts the files into a folder `gen` of the output folder. */
function generate(protos: string, gen: string): void {
  execFileSync("buf", ["generate", protos, "--include-imports", "--output", dirname(gen)], {
    stdio: "inherit",
  });
}

function differences(committed: string, fresh: string): string[] {
  const before = readFiles(committed);
  const after = readFiles(fresh);
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => join(committed, path));
}

/** Texts by their paths below a folder. */
function readFiles(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path), readFileSync(path, "utf8"));
  }
  return files;
}
