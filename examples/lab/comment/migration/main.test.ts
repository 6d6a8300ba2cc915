// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../kit/free-port.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

test("comment-migration waits for PostgreSQL, and no longer than its parent is there", async () => {
  const migration = startMigration(`postgres://127.0.0.1:${await freePort()}/postgres`);
  const ended = once(migration, "exit");
  for await (const text of migration.stdout ?? []) {
    if (String(text).includes("Waiting for PostgreSQL")) break;
  }

  migration.disconnect();

  expect(await ended).toEqual([1, null]);
});

test("comment-migration ends by itself beside a parent that stays", async () => {
  const migration = startMigration("sqlite::memory:");

  expect(await once(migration, "exit")).toEqual([0, null]);
});

function startMigration(url: string) {
  const migration = fork(main, {
    execArgv: ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"],
    env: { ...process.env, MIGRATION_URL: url },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  onTestFinished(() => void migration.kill("SIGKILL"));
  return migration;
}
