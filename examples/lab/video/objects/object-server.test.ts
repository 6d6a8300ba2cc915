// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { httpUrl } from "../../kit/address.ts";
import type { ObjectServer } from "./object-server.ts";
import { startObjectServer } from "./object-server.ts";

const video = "65a000000000000000000001-sample.mp4";
let server: ObjectServer;

beforeEach(async () => {
  const root = mkdtempSync(join(tmpdir(), "object-server-"));
  const folder = join(root, "videos");
  mkdirSync(join(folder, ".parts"), { recursive: true });
  writeFileSync(join(root, "secret"), "secret");
  writeFileSync(join(folder, ".parts", "half.part"), "half");
  writeFileSync(join(folder, video), "0123456789");
  writeFileSync(join(folder, "65a000000000000000000001-page.html"), "<script>steal()</script>");
  server = await startObjectServer({
    address: { host: "127.0.0.1", port: 0 },
    bucket: "videos",
    folder,
  });
  return async () => {
    await server.close(0);
    rmSync(root, { recursive: true });
  };
});

test("startObjectServer() serves GET, HEAD and ranges with length and type", async () => {
  const answers = [
    await ask("GET", `/videos/${video}`),
    await ask("HEAD", `/videos/${video}`),
    await ask("GET", `/videos/${video}`, { Range: "bytes=2-4" }),
    await ask("GET", `/videos/${video}`, { Range: "bytes=-3" }),
    await ask("GET", `/videos/${video}`, { Range: "bytes=10-" }),
  ];

  expect(answers.map(({ status, headers }) => [status, headers["content-range"]])).toEqual([
    [200, undefined],
    [200, undefined],
    [206, "bytes 2-4/10"],
    [206, "bytes 7-9/10"],
    [416, "bytes */10"],
  ]);
  expect(answers.slice(0, 4).map(({ body }) => body)).toEqual(["0123456789", "", "234", "789"]);
  expect(answers.slice(0, 2).map(({ headers }) => headers)).toMatchObject([
    { "content-length": "10", "content-type": "video/mp4", "accept-ranges": "bytes" },
    { "content-length": "10", "content-type": "video/mp4", "accept-ranges": "bytes" },
  ]);
});

test("startObjectServer() lets no uploaded page run a script", async () => {
  const { headers } = await ask("GET", "/videos/65a000000000000000000001-page.html");

  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; media-src 'self'; sandbox",
  });
});

test("startObjectServer() serves nothing outside of the bucket, no parts and no listing", async () => {
  const paths = [
    "/",
    "/videos",
    "/videos/",
    "/other/65a000000000000000000001-sample.mp4",
    "/videos/../secret",
    "/videos/..%2fsecret",
    "/videos/..%5csecret",
    "/videos/%2e%2e/secret",
    "/videos/.parts/half.part",
    "/videos/.parts%2fhalf.part",
    "/videos/.parts",
    "/videos/unknown.mp4",
    "/videos/%00",
    "/videos/%zz",
  ];

  const answers = await Promise.all(paths.map((path) => ask("GET", path)));

  expect(answers.filter(({ status }) => status < 400 || status >= 500)).toEqual([]);
  expect(answers.filter(({ body }) => /secret$|^half/.test(body))).toEqual([]);
});

test("startObjectServer() answers other methods 405 and names those that it has", async () => {
  const { status, headers } = await ask("DELETE", `/videos/${video}`);

  expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
});

test("close() cuts a download that outlasts the deadline", async () => {
  const folder = mkdtempSync(join(tmpdir(), "object-server-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "large"), new Uint8Array(64 * 1024 * 1024));
  const large = await startObjectServer({
    address: { host: "127.0.0.1", port: 0 },
    bucket: "videos",
    folder,
  });
  const response = await fetch(`${httpUrl(large.address)}/videos/large`);

  await large.close(1);

  await expect(response.arrayBuffer()).rejects.toThrow();
});

// `fetch` would tidy up the path.
function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const { host, port } = server.address;
  return new Promise<{
    status: number;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    body: string;
  }>((resolve, reject) => {
    const asked = request({ method, host, port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on("error", reject).end();
  });
}
