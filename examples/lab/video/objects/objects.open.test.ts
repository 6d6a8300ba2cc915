// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../kit/config.ts";
import { freePort } from "../../kit/free-port.ts";
import { listen } from "../../kit/listen.ts";
import { PermanentError } from "../../kit/wait-for.ts";
import { objectFolder, openObjectStore } from "./objects.open.ts";
import { ObjectStoreUnavailableError } from "./objects.ts";
import { objectVariables } from "./objects.variables.ts";

const name = "65a000000000000000000001-a b.mp4";
const access = { MINIO_USERNAME: "user", MINIO_PASSWORD: "password" };

test("openObjectStore() takes relative folders and file URLs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "video-objects-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const endpoint = pathToFileURL(folder).href;
  const urlWith = async (env: Record<string, string>) =>
    (await openObjectStore(configOf({ MINIO_ENDPOINT: endpoint, ...env }))).url(name);

  expect({
    relative: objectFolder(configOf({ MINIO_ENDPOINT: "file:data/objects" })),
    absolute: objectFolder(configOf({ MINIO_ENDPOINT: endpoint })),
    server: objectFolder(configOf({ MINIO_ENDPOINT: "localhost:9000" })),
    url: await urlWith({}),
    publicUrl: await urlWith({ OBJECTS_PUBLIC_URL: "https://cdn.example/lab/" }),
  }).toEqual({
    relative: join("data", "objects", "videos"),
    absolute: join(folder, "videos"),
    server: undefined,
    url: "http://localhost:9000/videos/65a000000000000000000001-a%20b.mp4",
    publicUrl: "https://cdn.example/lab/videos/65a000000000000000000001-a%20b.mp4",
  });
});

test.each([
  [{ MINIO_INSECURE: "true" }, "", "http"],
  [{}, "", "https"],
  [{}, "http://", "http"],
  [{ MINIO_INSECURE: "true" }, "https://", "https"],
])("openObjectStore() with %j calls '%s<host:port>' by %s", async (env, scheme, protocol) => {
  const server = `127.0.0.1:${await freePort()}`;

  const opening = openObjectStore(
    configOf({ ...access, ...env, MINIO_ENDPOINT: `${scheme}${server}` }),
  );

  await expect(opening).rejects.toBeInstanceOf(ObjectStoreUnavailableError);
  await expect(opening).rejects.toThrow(
    `Cannot open bucket 'videos' at '${protocol}://${server}': connect ECONNREFUSED ${server}`,
  );
});

test("openObjectStore() says in one line that a server it calls by https may speak plain HTTP", async () => {
  const server = createServer((_, response) => void response.end());
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => void server.close());

  const opening = openObjectStore(configOf({ ...access, MINIO_ENDPOINT: `127.0.0.1:${port}` }));

  await expect(opening).rejects.toBeInstanceOf(ObjectStoreUnavailableError);
  await expect(opening).rejects.toThrow(
    new RegExp(
      `^Cannot open bucket 'videos' at 'https://127.0.0.1:${port}': no TLS there \\(wrong version number\\): the ` +
        "server may speak plain HTTP \\(MINIO_INSECURE=true, or http:// before its address\\)$",
    ),
  );
});

test("openObjectStore() does not wait for a server that has no policies of buckets", async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url?.includes("policy") ? 501 : 200).end();
  });
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${port}`;

  const opening = openObjectStore(configOf({ ...access, MINIO_ENDPOINT: endpoint }));

  await expect(opening).rejects.toBeInstanceOf(PermanentError);
  await expect(opening).rejects.toThrow(
    `Cannot let clients GET the objects of bucket 'videos' at '${endpoint}' (MINIO_POLICY=private leaves that to you)`,
  );
});

test.each(["MINIO_USERNAME", "MINIO_PASSWORD"])(
  "openObjectStore() of an S3 server does not wait when there is no %s",
  async (missing) => {
    const config = configOf({ ...access, MINIO_ENDPOINT: "minio:9000", [missing]: "" });

    await expect(openObjectStore(config)).rejects.toMatchObject({
      name: "PermanentError",
      message: `Missing ${missing}: 'minio:9000' is an S3 server`,
    });
  },
);

test.each([
  "minio",
  "minio:9000",
  "10.0.0.1:9000",
  "[::1]:9000",
  "http://minio:9000",
  "https://s3/",
])("MINIO_ENDPOINT takes '%s'", (endpoint) => {
  expect(configOf({ MINIO_ENDPOINT: endpoint }).MINIO_ENDPOINT).toBe(endpoint);
});

test.each([
  ["ftp://host"],
  ["sqlite:videos.db"],
  ["file:"],
  ["minio:90000"],
  ["http://minio/path"],
  ["http://minio?query"],
  ["http://user:password@minio", "http://user:***@minio"],
  ["http://:password@minio", "http://:***@minio"],
  ["two words"],
])("MINIO_ENDPOINT refuses '%s'", (endpoint, shown = endpoint) => {
  expect(() => configOf({ MINIO_ENDPOINT: endpoint })).toThrow(
    "Malformed MINIO_ENDPOINT: must be file:<folder>, host:port, http://host:port or " +
      `https://host:port: current value is '${shown}'`,
  );
});

test("OBJECTS_PUBLIC_URL refuses what no client could GET", () => {
  const env = { MINIO_ENDPOINT: "file:objects", OBJECTS_PUBLIC_URL: "localhost:9000" };

  expect(() => configOf(env)).toThrow(
    "Malformed OBJECTS_PUBLIC_URL: must be a URL that starts with 'http://' or 'https://': " +
      "current value is 'localhost:9000'",
  );
});

function configOf(env: Readonly<Record<string, string>>) {
  return readConfig(objectVariables, { env });
}
