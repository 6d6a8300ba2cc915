// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { listFiles } from "../../../scripts/lib/files.ts";
import { bundleNames } from "../image/bundle.ts";
import { dockerIgnore } from "./docker-ignore.ts";
import { parseDockerfile } from "./dockerfile.ts";

// npm fetches some 100 packages where its cache is cold.
const buildTimeoutMs = 300_000;

/**
 * Does what the build stage of the Dockerfile says in a folder that stands for its file system:
 * the same files, the same commands, and nothing of this checkout but what the context lets in.
 */
test(
  "the build stage of the Dockerfile makes the bundle out of its context alone",
  async () => {
    const root = mkdtempSync(join(tmpdir(), "lab-build-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const { stages } = parseDockerfile(readFileSync("deploy/docker/Dockerfile", "utf8"));
    const build = stages.find(({ name }) => name === "build");
    let workdir = root;
    for (const { keyword, value } of build?.instructions ?? []) {
      if (keyword === "WORKDIR") workdir = join(root, value);
      else if (keyword === "COPY") await copyContext(value, workdir);
      else if (keyword === "RUN")
        await runIn(workdir, withoutMounts(value).replace("/app", `${root}/app`));
      else throw new Error(`Cannot carry out '${keyword} ${value}'`);
    }
    for (const name of bundleNames) expect(existsSync(join(root, "app", name))).toBe(true);
  },
  buildTimeoutMs,
);

async function copyContext(value: string, workdir: string): Promise<void> {
  expect(value).toBe(". .");
  const isIgnored = dockerIgnore(readFileSync(".dockerignore", "utf8"));
  for (const file of (await listFiles()).filter((path) => !isIgnored(path))) {
    cpSync(file, join(workdir, file));
  }
}

function withoutMounts(command: string): string {
  return command.replace(/^(--mount=\S+\s+)+/, "");
}

async function runIn(workdir: string, command: string): Promise<void> {
  // The Node that runs this test, as the stage's image has its own.
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  await promisify(execFile)("sh", ["-c", command], {
    cwd: workdir,
    env: { ...process.env, PATH },
    maxBuffer: 16 * 1024 ** 2,
  });
}
