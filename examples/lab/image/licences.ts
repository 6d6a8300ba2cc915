// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const licenceFile = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * Writes the licence texts of all packages that a bundle has taken in, which whoever passes it on
 * must pass on too.
 *
 * @throws an error that names the package when it does not say which licence it has.
 */
export function writeLicences({ inputs }: Metafile, file: string): void {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => packageFolder.exec(path)?.[0] ?? []),
  );
  writeFileSync(
    file,
    [...folders]
      .sort()
      .map(describe)
      .join(`\n${"-".repeat(80)}\n\n`),
  );
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** What old packages have in its place. */
  readonly licenses?: readonly { readonly type: string }[];
}

function describe(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { name, version, licenses = [] } = manifest;
  const licence = manifest.license ?? licenses.map(({ type }) => type).join(" OR ");
  if (!licence) throw new Error(`Cannot tell the licence of '${folder}'`);
  const texts = readdirSync(folder)
    .filter((entry) => licenceFile.test(entry))
    .map((entry) => readFileSync(join(folder, entry), "utf8").trim());
  return `${[`${name} ${version} (${licence})`, ...texts].join("\n\n")}\n`;
}
