// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { listFiles } from "../lib/files.ts";
import { readMarkdown } from "../lib/markdown.ts";
import { type Manifest, readManifest, readPackages } from "../lib/packages.ts";
import { brokenCommands } from "./docs-commands.ts";
import { brokenLinks } from "./docs-links.ts";
import { type DeclaredVersions, staleVersions } from "./docs-versions.ts";
import { outcomeOf, type Step } from "./step.ts";

/** Links, commands and versions in every document but the history of releases. */
export const docs: Step = {
  name: "docs",
  async run() {
    const files = await listFiles("*.md", ":!:.changeset", ":!:**/CHANGELOG.md");
    const declared = declaredVersions();
    const faults = files.flatMap((file) => {
      const text = readFileSync(file, "utf8");
      const document = readMarkdown(text);
      return [
        ...brokenLinks(file, document),
        ...brokenCommands(file, document, scriptsFor(file)),
        ...staleVersions(file, text, declared),
      ];
    });
    return outcomeOf(faults);
  },
};

/** Scripts of the root, and of the package that a document lies in. */
function scriptsFor(file: string): Set<string> {
  const scripts = new Set(Object.keys(readManifest().scripts ?? {}));
  for (let dir = dirname(file); dir !== "."; dir = dirname(dir)) {
    if (!existsSync(`${dir}/package.json`)) continue;
    for (const name of Object.keys(readManifest(dir).scripts ?? {})) scripts.add(name);
  }
  return scripts;
}

function declaredVersions(): DeclaredVersions {
  const declared = new Map<string, string[]>();
  const add = (name: string, range: string) => {
    if (range !== "*") declared.set(name, [...new Set([...(declared.get(name) ?? []), range])]);
  };
  const manifests: Manifest[] = globSync([
    "package.json",
    "{packages,examples}/*/package.json",
  ]).map((path) => readManifest(dirname(path)));
  for (const manifest of manifests) {
    const { dependencies, devDependencies, peerDependencies } = manifest;
    for (const [name, range] of Object.entries({ ...devDependencies, ...dependencies })) {
      add(name, range);
    }
    for (const [name, range] of Object.entries(peerDependencies ?? {})) add(name, range);
  }
  // The floor that users meet is the published packages'; the repo's own runtime is pinned apart.
  declared.delete("node");
  for (const { manifest } of readPackages()) {
    if (manifest.engines?.node) add("node", manifest.engines.node);
  }
  return declared;
}
