// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import type { Fate } from "./lossy-proxy.testing.ts";
import { startLossyProxy } from "./lossy-proxy.testing.ts";
import { chunks, leftovers, pattern } from "./objects.contract.ts";
import type { S3Env } from "./objects.s3.testing.ts";
import { freshBucket, peekClient } from "./objects.s3.testing.ts";
import type { S3ObjectStoreOptions } from "./objects.s3.ts";
import { openS3ObjectStore } from "./objects.s3.ts";
import { ObjectStoreUnavailableError } from "./objects.ts";

const id = "65a000000000000000000001";
const MiB = 1024 * 1024;

const s3Names = ["MINIO_ENDPOINT", "MINIO_USERNAME", "MINIO_PASSWORD"] as const;
// The second attempt to remove what is left comes after a second, the third after two more.
const recovery = { timeout: 20_000, interval: 100 };

// A server of its own: this one is killed.
describeWith(s3Names, "objects.s3 while the server is away", () => {
  let server: Server;
  let env: S3Env;

  beforeAll(async () => {
    server = await startServer("s3");
    env = server.env as unknown as S3Env;
  });
  afterAll(() => server.remove());

  test("every method rejects soon with ObjectStoreUnavailableError, and works when it is back", async () => {
    const objects = await openS3ObjectStore(freshBucket(env));
    await objects.put(`${id}-a`, chunks("the bytes"));
    await server.kill();

    const calls = {
      put: () => objects.put(`${id}-b`, chunks("some")),
      delete: () => objects.delete(`${id}-a`),
      list: () => Array.fromAsync(objects.list("")),
      read: () => objects.read(`${id}-a`, 0, 9),
      removeParts: () => objects.removeParts(new Date()),
    };
    const started = performance.now();
    for (const call of Object.values(calls)) {
      await expect(call()).rejects.toBeInstanceOf(ObjectStoreUnavailableError);
    }
    const seconds = (performance.now() - started) / 1000;
    await server.start();

    expect(await leftovers(objects)).toEqual({ names: [`${id}-a`], parts: 0 });
    await objects.put(`${id}-b`, chunks("some"));
    expect((await leftovers(objects)).names).toEqual([`${id}-a`, `${id}-b`]);
    // Three attempts each.
    expect(seconds).toBeLessThan(10);
  });

  test("put() rejects and reads no more when the server is killed in the middle; what it left goes", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore(options);
    let given = 0;
    const upload = async function* () {
      for await (const bytes of pattern(200 * MiB)) {
        if (given < 12 * MiB && given + bytes.length >= 12 * MiB) {
          await vi.waitFor(async () => expect(await uploads(options)).toHaveLength(1), 10_000);
          await server.kill();
        }
        given += bytes.length;
        yield bytes;
      }
    };

    await expect(objects.put(`${id}-a`, upload())).rejects.toBeInstanceOf(
      ObjectStoreUnavailableError,
    );
    await server.start();

    // Two parts are the most that is held.
    expect(given).toBeLessThan(24 * MiB);
    await vi.waitFor(async () => expect(await uploads(options)).toEqual([]), recovery);
    expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
  });

  test("put() rejects in time when the server hangs, and works when it is back", async () => {
    const objects = await openS3ObjectStore({
      ...freshBucket(env),
      requestTimeoutMs: 500,
      maxAttempts: 2,
    });
    onTestFinished(() => server.resume());
    await server.pause();

    const started = performance.now();
    await expect(objects.put(`${id}-a`, chunks("some"))).rejects.toBeInstanceOf(
      ObjectStoreUnavailableError,
    );
    const seconds = (performance.now() - started) / 1000;
    await server.resume();

    expect(seconds).toBeLessThan(5);
    await vi.waitFor(() => objects.put(`${id}-b`, chunks("some")), { timeout: 10_000 });
  });

  test("put() ends soon when it is aborted while the server hangs, and what it left goes", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore(options);
    onTestFinished(() => server.resume());
    const abort = new AbortController();
    const upload = async function* () {
      yield* pattern(6 * MiB);
      await vi.waitFor(async () => expect(await uploads(options)).toHaveLength(1), 10_000);
      await server.pause();
      abort.abort(new Error("Deadline passed"));
      await new Promise(() => {});
    };

    await expect(objects.put(`${id}-a`, upload(), abort.signal)).rejects.toThrow("Deadline passed");
    await server.resume();

    await vi.waitFor(async () => expect(await uploads(options)).toEqual([]), recovery);
  });

  async function uploads(options: S3ObjectStoreOptions) {
    const peek = peekClient(options);
    const { bucket: Bucket } = options;
    const { Uploads = [] } = await peek.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads;
  }
});

describeWith(s3Names, "objects.s3 behind a lossy line", (env) => {
  const isPart = (url: string) => url.includes("partNumber=2");
  const isComplete = (url: string, method: string) => method === "POST" && /uploadId=/.test(url);
  const isPut = (url: string, method: string) => method === "PUT" && /-a(\?|$)/.test(url);

  test.each([
    ["PutObject", 1, isPut],
    ["UploadPart", 12 * MiB, isPart],
    ["CompleteMultipartUpload", 12 * MiB, isComplete],
  ])("put() stores the object though the answer to %s was lost", async (_, size, isLost) => {
    const fates: Fate[] = ["lose answer"];
    const objects = await openBehindProxy((url, method) =>
      isLost(url, method) ? fates.shift() : undefined,
    );

    const stored = await objects.put(`${id}-a`, pattern(size));

    const read = await objects.read(`${id}-a`, 0, size + 1);
    expect({ fates, stored, length: read.length }).toEqual({
      fates: [],
      stored: size,
      length: size,
    });
    expect(await leftovers(objects)).toEqual({ names: [`${id}-a`], parts: 0 });
  });

  test("put() finds its object when the answer was lost, and the server knows the upload no more", async () => {
    const fates: Fate[] = ["lose answer", 404];
    const objects = await openBehindProxy((url, method) =>
      isComplete(url, method) ? fates.shift() : undefined,
    );

    await objects.put(`${id}-a`, pattern(6 * MiB));

    expect(fates).toEqual([]);
    expect(await leftovers(objects)).toEqual({ names: [`${id}-a`], parts: 0 });
  });

  test("put() does not take an object that was there for its own when its upload is gone", async () => {
    const objects = await openBehindProxy((url, method) =>
      isComplete(url, method) ? 404 : undefined,
    );
    await objects.put(`${id}-a`, chunks("first"));

    await expect(objects.put(`${id}-a`, pattern(6 * MiB))).rejects.toThrow(
      `Cannot store object '${id}-a': `,
    );

    expect(await leftovers(objects)).toEqual({ names: [`${id}-a`], parts: 0 });
    expect((await objects.read(`${id}-a`, 0, 100)).length).toBe("first".length);
  });

  test("put() is tried again when the server has too much to do, three times in all", async () => {
    const fates: Fate[] = [503, 503];
    const objects = await openBehindProxy((url, method) =>
      isPut(url, method) ? fates.shift() : undefined,
    );

    await objects.put(`${id}-a`, chunks("some"));
    fates.push(503, 503, 503);

    await expect(objects.put(`${id}-a`, chunks("more"))).rejects.toBeInstanceOf(
      ObjectStoreUnavailableError,
    );
    expect(fates).toEqual([]);
  });

  test("read() and list() reject in time when an answer begins and does not end", async () => {
    const objects = await openBehindProxy(
      (url, method) =>
        method === "GET" && !url.includes("policy") ? "withhold last byte" : "pass",
      { idleTimeoutMs: 300, maxAttempts: 1 },
    );
    await objects.put(`${id}-a`, chunks("some"));

    for (const call of [
      () => objects.read(`${id}-a`, 0, 9),
      () => Array.fromAsync(objects.list("")),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(ObjectStoreUnavailableError);
    }
  });

  async function openBehindProxy(
    fateOf: (url: string, method: string) => Fate | undefined,
    options: Partial<S3ObjectStoreOptions> = {},
  ) {
    const endpoint = await startLossyProxy(
      env.MINIO_ENDPOINT,
      ({ url = "", method = "" }) => fateOf(url, method) ?? "pass",
    );
    return openS3ObjectStore({ ...freshBucket(env), endpoint, ...options });
  }
});
