// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { httpUrl } from "../../kit/address.ts";
import { startObjectServer } from "./object-server.ts";
import { chunks, objectStoreContract } from "./objects.contract.ts";
import { createFolderObjectStore } from "./objects.folder.ts";

const id = "65a000000000000000000001";

objectStoreContract("folder", async () => {
  const folder = temporaryFolder();
  const address = { host: "127.0.0.1", port: 0 };
  const server = await startObjectServer({ address, bucket: "videos", folder });
  onTestFinished(() => server.close(0));
  return createFolderObjectStore({ folder, baseUrl: `${httpUrl(server.address)}/videos` });
});

test("put() refuses names that could leave the folder", async () => {
  const folder = temporaryFolder();
  const objects = createFolderObjectStore({ folder: join(folder, "videos"), baseUrl: "" });

  for (const name of ["../out", "/etc/out", "a/b", "a\\b", "a\0b", ".parts", "..", ""]) {
    await expect(objects.put(name, chunks("bytes"))).rejects.toThrow(
      `Cannot use '${name}' as an object's name`,
    );
  }
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(["videos", "videos/.parts"]);
});

test("removeParts() removes what a killed process left, and spares puts under way", async () => {
  const folder = temporaryFolder();
  const objects = createFolderObjectStore({ folder, baseUrl: "" });
  writeFileSync(join(folder, ".parts", "left-by-another.part"), "half");
  const started = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const slow = async function* () {
    yield* chunks("first ");
    started.resolve();
    await rest.promise;
    yield* chunks("second");
  };
  const put = objects.put(`${id}-a`, slow());
  await started.promise;

  const early = await objects.removeParts(new Date(Date.now() - 60_000));
  const late = await objects.removeParts(new Date(Date.now() + 60_000));
  rest.resolve();

  expect([early, late, await put]).toEqual([0, 1, "first second".length]);
  expect(readdirSync(join(folder, ".parts"))).toEqual([]);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "video-objects-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
