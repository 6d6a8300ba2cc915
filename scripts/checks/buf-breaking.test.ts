// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findBreaking } from "./buf-breaking.ts";

const before = ["string id = 1;", "int64 size = 2;"];

test("findBreaking() passes when a field is added, in any module", async () => {
  const repo = createRepo(before);
  repo.write([...before, "string url = 3;"]);
  expect(await findBreaking(repo.root, "HEAD")).toEqual({ status: "passed" });
});

test("findBreaking() names a field whose type or number changed", async () => {
  const repo = createRepo(before);
  repo.write(["string id = 1;", "string size = 2;"]);

  const { status, detail } = await findBreaking(repo.root, "HEAD");

  expect(status).toBe("failed");
  expect(detail).toMatch(/^b\/thing\/v1\/thing\.proto:4:\d+:Field "2" .* changed type/);
});

test("findBreaking() compares with the commit before when no other is named", async () => {
  const repo = createRepo(before);
  expect(await findBreaking(repo.root)).toEqual({
    status: "skipped",
    detail: "the commit before is not in this clone (git fetch --deepen 1)",
  });

  repo.write(["string id = 1;"]);
  repo.commit();
  expect((await findBreaking(repo.root)).status).toBe("failed");
  repo.commit();
  expect((await findBreaking(repo.root)).status).toBe("passed");
});

test("findBreaking() is skipped when the commit is not in the clone", async () => {
  const { root } = createRepo(before);
  const detail = "0123456789 is not in this clone (git fetch --deepen 1)";
  expect(await findBreaking(root, "0123456789")).toEqual({ status: "skipped", detail });
});

/** A repository of two modules with one commit. */
function createRepo(fields: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), "labwire-breaking-test-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, stdio: "ignore" });
  const repo = { root, write, commit };
  git("init");
  writeFileSync(
    join(root, "buf.yaml"),
    "version: v2\nmodules:\n  - path: a\n  - path: b\nbreaking:\n  use:\n    - WIRE_JSON\n",
  );
  for (const [module, name] of [
    ["a", "other"],
    ["b", "thing"],
  ] as const) {
    mkdirSync(join(root, module, name, "v1"), { recursive: true });
    writeProto(module, name, fields);
  }
  commit();
  return repo;

  function write(changed: readonly string[]): void {
    writeProto("b", "thing", changed);
  }

  function writeProto(module: string, name: string, lines: readonly string[]): void {
    const text = `syntax = "proto3";\npackage ${name}.v1;\nmessage M {\n${lines.join(" ")}\n}\n`;
    writeFileSync(join(root, module, name, "v1", `${name}.proto`), text);
  }

  function commit(): void {
    git("add", "-A");
    const author = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    git(...author, "commit", "--allow-empty", "-m", "Change protos");
  }
}
