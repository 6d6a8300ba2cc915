// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync } from "node:fs";
import type { Markdown } from "../lib/markdown.ts";

const shells = new Set(["", "sh", "bash", "shell", "console"]);

/** Commands of npm that run a script without being told `run`. */
const implied = new Set(["start", "test", "stop", "restart"]);

/** Paths in commands are taken for the repo's own when they start so. */
const ownPath = /^(?:\.\/)?(?:packages|examples|scripts|docs|deploy|runtime-tests|testdata|\.ci)\//;

/**
 * Commands, in shell blocks and in inline code, that run an npm script nobody defines or name a
 * file of the repo that is not there.
 *
 * @param scripts names of the scripts that a reader of this document can run
 */
export function brokenCommands(
  file: string,
  { codes }: Markdown,
  scripts: ReadonlySet<string>,
): string[] {
  const faults: string[] = [];
  for (const { language, text, line, inline } of codes) {
    if (!shells.has(language)) continue;
    text.split("\n").forEach((command, index) => {
      const place = `${file}:${line + index}`;
      for (const script of npmScripts(command)) {
        if (!scripts.has(script)) faults.push(`${place}: no npm script is named '${script}'`);
      }
      if (inline) return;
      for (const path of ownPaths(command)) {
        if (!existsSync(path)) faults.push(`${place}: '${path}' is not there`);
      }
    });
  }
  return faults;
}

/** Names of the npm scripts that a command line runs. */
export function npmScripts(command: string): string[] {
  const names: string[] = [];
  for (const [, verb, name] of command.matchAll(/\bnpm (?:(run(?:-script)?)\s+)?([\w:-]+)/g)) {
    if (name && (verb || implied.has(name))) names.push(name);
  }
  return names;
}

/** Paths of the repo that a command line names, without what a placeholder stands for. */
export function ownPaths(command: string): string[] {
  return command
    .replace(/\s#.*$/, "")
    .split(/[\s='"@]+/)
    .filter((word) => ownPath.test(word) && !/[<>*$]/.test(word));
}
