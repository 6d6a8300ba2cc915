// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { missingOptionalPackages, packagesWithHosts } from "./lockfile.ts";

test("missingOptionalPackages() gives an entry for every binary that has none", () => {
  const packages = {
    "node_modules/tool": {
      version: "1.2.3",
      dev: true,
      optionalDependencies: {
        "@tool/linux-x64": "1.2.3",
        "@tool/linux-arm64-musl": "1.2.3",
        "@tool/darwin-arm64": "1.2.3",
        "tool-win32-ia32-msvc": "1.2.3",
      },
    },
    "node_modules/@tool/linux-x64": { version: "1.2.3" },
  };
  const entry = { version: "1.2.3", dev: true, optional: true };
  expect(missingOptionalPackages(packages)).toEqual({
    "node_modules/@tool/linux-arm64-musl": {
      ...entry,
      cpu: ["arm64"],
      libc: ["musl"],
      os: ["linux"],
    },
    "node_modules/@tool/darwin-arm64": { ...entry, cpu: ["arm64"], os: ["darwin"] },
    "node_modules/tool-win32-ia32-msvc": { ...entry, cpu: ["ia32"], os: ["win32"] },
  });
});

test("missingOptionalPackages() looks in the package's own node_modules and in those above", () => {
  const packages = {
    "node_modules/a": {},
    "node_modules/a/node_modules/b": { optionalDependencies: { c: "1.0.0", d: "1.0.0" } },
    "node_modules/a/node_modules/c": { version: "1.0.0" },
    "node_modules/a/node_modules/b/node_modules/d": { version: "1.0.0" },
    "packages/p": { optionalDependencies: { e: "1.0.0" } },
    "node_modules/e": { version: "1.0.0" },
  };
  expect(missingOptionalPackages(packages)).toEqual({});
});

test("missingOptionalPackages() throws when a dependency is a range", () => {
  const packages = { "node_modules/a": { optionalDependencies: { fsevents: "~2.3.3" } } };
  expect(() => missingOptionalPackages(packages)).toThrow(
    "Cannot complete 'fsevents' of 'node_modules/a': '~2.3.3' is not one version",
  );
});

test("packagesWithHosts() names entries with an address, not links to folders", () => {
  const packages = {
    "node_modules/a": { resolved: "https://registry.example/a.tgz" },
    "node_modules/p": { resolved: "packages/p", link: true },
  };
  expect(packagesWithHosts(packages)).toEqual(["node_modules/a"]);
});
