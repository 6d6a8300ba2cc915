// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { startVideoApi } from "./main.testing.ts";
import { chunk, header, uploadText } from "./service.testing.ts";
import { openVideoDatabase } from "./store.open.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "video-api-"));
  return () => rmSync(folder, { recursive: true });
});

test("video-api takes uploads while Kafka is away, and says that it is not ready", async () => {
  const api = await startVideoApi(folder);

  const id = await uploadText(api.client, "bytes");
  const ready = await vi.waitFor(
    async () => {
      const answer = await fetch(`${api.metricsUrl}/readyz`);
      expect(answer.status).toBe(503);
      return answer.text();
    },
    { timeout: 10_000 },
  );
  const live = await fetch(`${api.metricsUrl}/healthz`);

  expect(ready).toContain("kafka");
  expect(live.status).toBe(200);
  expect(await api.stop("SIGTERM")).toBe(0);
  expect(await pendingEvents()).toEqual([id]);
});

test("video-api answers Unavailable when comments are away, and stays alive", async () => {
  const { client } = await startVideoApi(folder);
  const id = await uploadText(client, "bytes");

  await expect(client.deleteVideo({ id })).rejects.toThrow("comment service is unavailable");

  expect((await client.healthz({})).status).toBe("ok");
});

test("a crash in the middle of an upload leaves nothing once it has started again", async () => {
  const killed = await startVideoApi(folder);
  const lost = expect(killed.client.uploadVideo(stuckUpload())).rejects.toThrow();
  await vi.waitFor(() => expect(sizes()).toEqual([65_536]), { timeout: 10_000 });
  await killed.stop("SIGKILL");
  await lost;
  const left = sizes();

  const { client } = await startVideoApi(folder, { SWEEP_AGE: "0s" });
  await vi.waitFor(() => expect(sizes()).toEqual([]), { timeout: 10_000 });

  expect(left).toEqual([65_536]);
  expect((await client.listVideo({})).videos).toEqual([]);
});

test("a crash between uploads keeps those that were acknowledged, and no half of another", async () => {
  const killed = await startVideoApi(folder);
  const acknowledged: string[] = [];
  const uploads = Promise.allSettled(
    Array.from({ length: 20 }, async () => {
      for (;;) acknowledged.push(await uploadText(killed.client, "bytes"));
    }),
  );
  await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(50), {
    timeout: 10_000,
    interval: 1,
  });
  await killed.stop("SIGKILL");
  await uploads;

  const api = await startVideoApi(folder, { SWEEP_AGE: "0s" });
  const kept = (await api.client.listVideo({})).videos.map(({ id }) => id).sort();
  await vi.waitFor(() => expect(files()).toEqual(kept.map((id) => `${id}-sample.mp4`)), {
    timeout: 10_000,
  });
  await api.stop("SIGTERM");

  expect(kept).toEqual(expect.arrayContaining(acknowledged));
  expect(await pendingEvents()).toEqual(kept);
});

function files(): string[] {
  return readdirSync(join(folder, "objects"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

/** Of all objects and parts. */
function sizes(): number[] {
  return readdirSync(join(folder, "objects"), { recursive: true })
    .map((name) => statSync(join(folder, "objects", name.toString())))
    .filter((stat) => stat.isFile())
    .map((stat) => stat.size);
}

async function pendingEvents(): Promise<unknown[]> {
  const { store, outbox } = openVideoDatabase(`sqlite:${join(folder, "videos.db")}`);
  const records = await vi.waitFor(
    async () => {
      const claimed = await outbox.claim(10_000);
      expect(claimed).not.toEqual([]);
      return claimed;
    },
    { timeout: 10_000 },
  );
  outbox.close();
  await store.close();
  return records.map(({ key }) => key).sort();
}

async function* stuckUpload() {
  yield header("a.mp4");
  yield chunk(new Uint8Array(65_536));
  await new Promise(() => {});
}
