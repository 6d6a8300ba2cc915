// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { listFiles } from "../lib/files.ts";
import { type Code, readMarkdown } from "../lib/markdown.ts";
import { run } from "../lib/run.ts";
import { outcomeOf, type Step } from "./step.ts";

/** Inside the repo, so that packages resolve as they do in the workspace; ignored by git. */
const folder = ".doc-snippets";

/** Users generate code from their own protos: in documents these stand in for it. */
const generated = "testdata/gen/labwire/testdata/v1";

/** Type-checks every `ts` block of the documents, each on its own, against the packages. */
export const docsSnippets: Step = {
  name: "docs snippets",
  async run() {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const documents = await listFiles("*.md", ":!:.changeset", ":!:**/CHANGELOG.md");
    const files = documents.flatMap((document) =>
      readMarkdown(readFileSync(document, "utf8"))
        .codes.filter(({ language }) => language === "ts")
        .map((code) => writeSnippet(document, code)),
    );
    if (files.length === 0) return { status: "passed" };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...tsconfig, files }));
    const { ok, output } = await run("tsc", ["-p", folder, "--pretty", "false"]);
    return outcomeOf(ok ? [] : [toDocumentLines(output)]);
  },
};

const tsconfig = {
  extends: "../tsconfig.json",
  compilerOptions: { moduleDetection: "force", noUnusedLocals: false, noUnusedParameters: false },
  include: [],
};

/**
 * Empty lines before the code give it the line numbers that it has in the document.
 *
 * @returns the path of the snippet below the folder of snippets
 */
function writeSnippet(document: string, { text, line }: Code): string {
  const path = join(document, `${line}.ts`);
  const dir = join(folder, document);
  if (mkdirSync(dir, { recursive: true })) writeGenerated(join(dir, "gen"));
  writeFileSync(join(folder, path), `${"\n".repeat(line - 1)}${text}\n`);
  return path;
}

/** Not links to the files, since those import others by relative paths. */
function writeGenerated(dir: string): void {
  mkdirSync(dir);
  for (const file of readdirSync(generated)) {
    const target = relative(dir, join(generated, file));
    writeFileSync(join(dir, file), `export * from "${target}";\n`);
  }
}

/** `.doc-snippets/README.md/12.ts(14,3): error` becomes `README.md:14:3: error`. */
export function toDocumentLines(output: string): string {
  return output.replace(/^\.doc-snippets\/(.+\.md)\/\d+\.ts\((\d+),(\d+)\)/gm, "$1:$2:$3");
}
