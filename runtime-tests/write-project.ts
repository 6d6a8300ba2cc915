// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { pack } from "../scripts/lib/pack.ts";
import { entriesOf, type Package, readPackages } from "../scripts/lib/packages.ts";
import { run } from "../scripts/lib/run.ts";

/**
 * Makes a project of the suite, with the packed packages and their peers as its dependencies.
 *
 * @throws when building, packing or installing fails
 */
export async function writeProject(folder: string): Promise<void> {
  const built = await run("node", ["scripts/build.ts"]);
  if (!built.ok) throw new Error(`Cannot build the packages: ${built.output}`);
  const packages = readPackages();
  const tarballs = await Promise.all(packages.map((pkg) => pack(pkg, folder)));
  const dependencies: Record<string, string> = { ...peersOf(packages), ...matrixDependencies() };
  packages.forEach(({ manifest }, index) => {
    dependencies[manifest.name] = `file:${tarballs[index]}`;
  });
  writeJson(join(folder, "package.json"), { private: true, type: "module", dependencies });

  const specifiers = packages.flatMap(({ manifest }) =>
    entriesOf(manifest).map((e) => e.specifier),
  );
  writeJson(join(folder, "entries.json"), specifiers.filter(Boolean));
  cpSync("runtime-tests/suite", join(folder, "suite"), { recursive: true });
  writeJavaScript("testdata/gen", join(folder, "testdata"));
  writeMatrix(join(folder, "matrix"));

  const installed = await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder });
  if (!installed.ok) throw new Error(`Cannot install the packed packages: ${installed.output}`);
}

/**
 * Makes a project inside the one of {@link writeProject} for connect-next, which wants a version of
 * Connect of its own. Next.js itself, its peer, is left out: its handlers are called without it.
 *
 * @throws when installing fails
 */
export async function writeNextProject(project: string): Promise<void> {
  const folder = join(project, "next");
  cpSync("runtime-tests/next", folder, { recursive: true });
  cpSync(join(project, "testdata"), join(folder, "testdata"), { recursive: true });
  const otelkit = readPackages().filter(({ id }) => id === "otelkit");
  const { dependencies } = readJson(join(project, "package.json"));
  writeJson(join(folder, "package.json"), {
    private: true,
    type: "module",
    dependencies: {
      ...peersOf(otelkit),
      "@labwire/otelkit": dependencies["@labwire/otelkit"],
      "@connectrpc/connect": "2.1.1",
      "@connectrpc/connect-next": "2.1.1",
      "@connectrpc/connect-node": "2.1.1",
    },
  });
  const args = ["install", "--no-audit", "--no-fund", "--legacy-peer-deps"];
  const installed = await run("npm", args, { cwd: folder });
  if (!installed.ok) throw new Error(`Cannot install connect-next: ${installed.output}`);
}

/** Packages that others must bring along, the optional ones included. */
function peersOf(packages: readonly Package[]): Record<string, string> {
  return Object.assign({}, ...packages.map(({ manifest }) => manifest.peerDependencies));
}

/** What otelkit's matrix of outcomes imports, at the versions that it is tested with here. */
function matrixDependencies(): Record<string, string> {
  const { devDependencies, dependencies } = readJson("packages/otelkit/package.json");
  const names = ["@connectrpc/connect-node", "@opentelemetry/core", "@opentelemetry/sdk-trace"];
  const versions = { ...devDependencies, ...dependencies };
  return Object.fromEntries(
    [...names, "@opentelemetry/sdk-metrics"].map((name) => [name, versions[name] ?? "*"]),
  );
}

/** The matrix judges calls by the wire, and is the same as in the tests of otelkit. */
function writeMatrix(folder: string): void {
  writeJavaScript("packages/otelkit/matrix", folder, (code) =>
    code.replaceAll(
      '"@labwire/testdata/echo"',
      JSON.stringify(join(folder, "../testdata/labwire/testdata/v1/echo_pb.js")),
    ),
  );
}

/** TypeScript as JavaScript, since not every runtime reads TypeScript. Tests are left out. */
function writeJavaScript(from: string, to: string, change = (code: string) => code): void {
  for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const code = stripTypeScriptTypes(readFileSync(join(from, file), "utf8"));
    const target = join(to, file.replace(/\.ts$/, ".js"));
    mkdirSync(join(target, ".."), { recursive: true });
    writeFileSync(target, change(code).replace(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
}

function readJson(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value, null, 2));
}
