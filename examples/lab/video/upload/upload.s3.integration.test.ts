// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { startVideoApi } from "../main.testing.ts";
import { createObjectId } from "../object-id.ts";
import { chunks, leftovers, pattern } from "../objects/objects.contract.ts";
import type { S3Env } from "../objects/objects.s3.testing.ts";
import { freshBucket } from "../objects/objects.s3.testing.ts";
import { openS3ObjectStore } from "../objects/objects.s3.ts";
import { chunk, header, messages, uploadText } from "../service.testing.ts";

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const sample = readFileSync(new URL("../../fixtures/sample.mp4", import.meta.url));
const recovery = { timeout: 20_000, interval: 100 };

describeWith(["MINIO_ENDPOINT", "MINIO_USERNAME", "MINIO_PASSWORD"], "video-api on S3", (env) => {
  test("an upload is probed on S3, and a client can GET it by its url", async () => {
    const { api, objects } = await startOn(env);
    const { id } = await api.client.uploadVideo(messages(header("a b.mp4"), chunk(sample)));

    const { video } = await api.client.getVideo({ id });
    const got = await fetch(video?.url ?? "");

    expect(video).toMatchObject({ width: 640, height: 360, size: BigInt(sample.length) });
    expect(Buffer.from(await got.arrayBuffer()).equals(sample)).toBe(true);
    expect(await leftovers(objects)).toEqual({ names: [`${id}-a b.mp4`], parts: 0 });
  });

  test("a sweep spares what another process may be about to commit, and removes what is old", async () => {
    const { objects, startAnother } = await startOn(env);
    const stray = `${createObjectId()}-stray.mp4`;
    await objects.put(stray, chunks("nobody's"));

    const sparing = await startAnother({ SWEEP_INTERVAL: "50ms" });
    await uploadText(sparing.client, "its own");
    await vi.waitFor(async () => expect((await leftovers(objects)).names).toHaveLength(2), 10_000);
    const removing = await startAnother({ SWEEP_AGE: "0s", SWEEP_INTERVAL: "50ms" });

    const swept = /Swept what crashes left behind strays=1 /;
    await vi.waitFor(() => expect(removing.log.join("\n")).toMatch(swept), recovery);
    expect(sparing.log.join("\n")).not.toContain("Swept");
    expect((await leftovers(objects)).names).toEqual([expect.not.stringMatching(stray)]);
  });

  test("while S3 is away uploads answer Unavailable and leave nothing; then they work again", async () => {
    const server = await startServer("s3");
    onTestFinished(() => server.remove());
    const { api, objects } = await startOn(server.env as unknown as S3Env);
    const { id } = await api.client.uploadVideo(messages(header("a.mp4"), chunk(sample)));
    await server.kill();

    const started = performance.now();
    const small = uploadText(api.client, "small");
    await expect(small).rejects.toMatchObject({
      code: Code.Unavailable,
      rawMessage: "object store is unavailable",
    });
    const large = api.client.uploadVideo(largeUpload(GiB));
    await expect(large).rejects.toMatchObject({ code: Code.Unavailable });
    const seconds = (performance.now() - started) / 1000;
    await server.start();

    expect(seconds).toBeLessThan(10);
    expect((await api.client.listVideo({})).videos.map((video) => video.id)).toEqual([id]);
    const again = await uploadText(api.client, "again");
    expect(await leftovers(objects)).toEqual({
      names: [`${id}-a.mp4`, `${again}-sample.mp4`].sort(),
      parts: 0,
    });
  });

  test("an upload in whose middle S3 is killed answers Unavailable, and nothing of it stays", async () => {
    const server = await startServer("s3");
    onTestFinished(() => server.remove());
    const { api, objects } = await startOn(server.env as unknown as S3Env);
    const upload = async function* () {
      yield header("large.mp4");
      let sent = 0;
      for await (const bytes of pattern(GiB)) {
        yield chunk(bytes);
        if (sent < 40 * MiB && sent + bytes.length >= 40 * MiB) await server.kill();
        sent += bytes.length;
      }
    };

    await expect(api.client.uploadVideo(upload())).rejects.toMatchObject({
      code: Code.Unavailable,
    });
    await server.start();

    // Without a sweep: its turn comes after an hour.
    await vi.waitFor(async () => expect(await objects.removeParts(new Date(0))).toBe(0), recovery);
    await vi.waitFor(async () => {
      expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
    }, recovery);
    expect((await api.client.listVideo({})).videos).toEqual([]);
  });
});

/** video-api with a database of its own, on a bucket of its own. */
async function startOn(env: S3Env, variables: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "video-s3-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const options = freshBucket(env);
  const objects = await openS3ObjectStore(options);
  const { MINIO_ENDPOINT, MINIO_USERNAME, MINIO_PASSWORD } = env;
  const own = { MINIO_ENDPOINT, MINIO_USERNAME, MINIO_PASSWORD, MINIO_BUCKET: options.bucket };
  const startAnother = (more: Readonly<Record<string, string>>) =>
    startVideoApi(folder, { ...own, ...variables, ...more });
  return { api: await startAnother({}), objects, startAnother };
}

async function* largeUpload(size: number) {
  yield header("large.mp4", BigInt(size));
  const bytes = new Uint8Array(65_536).fill(7);
  for (let sent = 0; sent < size; sent += bytes.length) yield chunk(bytes);
}
