// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { httpUrl } from "../kit/address.ts";
import { startObjectServer } from "./object-server.ts";
import { chunks, objectStoreContract } from "./objects.contract.ts";
import { createFolderObjectStore } from "./objects.folder.ts";
import { objectFolder, openObjectStore } from "./objects.open.ts";

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

test("openObjectStore() takes relative folders and file URLs, and refuses other schemes", async () => {
  const folder = temporaryFolder();
  const bucket = { MINIO_BUCKET: "videos" };
  const opened = await openObjectStore({
    ...bucket,
    MINIO_ENDPOINT: pathToFileURL(folder).href,
    OBJECTS_PUBLIC_URL: "http://localhost:9000/",
  });

  expect({
    relative: objectFolder({ ...bucket, MINIO_ENDPOINT: "file:data/objects" }),
    absolute: objectFolder({ ...bucket, MINIO_ENDPOINT: pathToFileURL(folder).href }),
    url: opened.url(`${id}-a b.mp4`),
  }).toEqual({
    relative: join("data", "objects", "videos"),
    absolute: join(folder, "videos"),
    url: `http://localhost:9000/videos/${id}-a%20b.mp4`,
  });
  const other = { ...bucket, MINIO_ENDPOINT: "ftp://host", OBJECTS_PUBLIC_URL: "" };
  await expect(openObjectStore(other)).rejects.toThrow(
    "Cannot open object store 'ftp://host': no adapter has its scheme",
  );
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "video-objects-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
