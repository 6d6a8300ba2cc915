// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { allEnded } from "./consistency.testing.ts";
import { describeTimes, percentile } from "./measure.testing.ts";
import type { OwnServers } from "./own-servers.testing.ts";
import { serverVariables, startOwnServers } from "./own-servers.testing.ts";
import type { RealLab } from "./real-lab.testing.ts";
import { startRealLab } from "./real-lab.testing.ts";
import type { Rest } from "./rest.testing.ts";
import { restClient } from "./rest.testing.ts";
import type { Stores } from "./stores.testing.ts";
import { lookInto } from "./stores.testing.ts";

// Also what a user waits at most for an answer while a server is away.
const answerDeadlineMs = 15_000;

describeWith(serverVariables, "outages", () => {
  let servers: OwnServers;
  let lab: RealLab;
  let rest: Rest;
  let stores: Stores;

  beforeAll(async () => {
    servers = await startOwnServers();
    stores = lookInto(servers.env);
    lab = await startRealLab({
      env: { ...servers.env, TRANSCODER_MOCK_DELAY: "100ms", SWEEP_INTERVAL: "2s" },
    });
    rest = restClient(lab);
  }, 180_000);

  afterAll(async () => {
    await lab?.close();
    await stores?.close();
    await servers?.stop();
  });

  test("Kafka away for 30 s: uploads, reads and comments go on, and every video gets its variants afterwards", async () => {
    const statuses: number[] = [];
    await servers.kafka.kill();
    const back = Date.now() + 30_000;
    while (Date.now() < back) {
      const uploaded = await rest.upload();
      const read = await rest.video(uploaded.body.id);
      const commented = await rest.comment(uploaded.body.id, "while Kafka is away");
      statuses.push(uploaded.status, read.status, commented.status);
      await sleep(500);
    }
    await servers.kafka.start();
    const started = Date.now();

    const videos = await allEnded(rest, 60_000);

    const wholeAfter = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`Kafka back: ${videos.length} videos whole after ${wholeAfter} s`);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(videos.filter(({ status }) => status !== "success")).toEqual([]);
    await lab.ready();
  }, 150_000);

  test.each([
    ["killed", () => servers.redis.kill(), () => servers.redis.start()],
    ["hung", async () => servers.redis.pause(), async () => servers.redis.resume()],
  ])("Redis %s: nothing is slower, and nothing that is read is old", async (how, away, back) => {
    const { id: videoId } = (await rest.upload()).body;
    const { id: commentId } = (await rest.comment(videoId, "0")).body;
    let count = 0;

    /** Writes and reads for three seconds; answers how long the reads took. */
    async function reads(): Promise<number[]> {
      const times: number[] = [];
      const end = Date.now() + 3000;
      while (Date.now() < end) {
        const content = `${++count}`;
        const written = await rest.updateComment(commentId, content);
        const listed = await rest.comments(videoId);
        const read = await rest.video(videoId);
        const again = await rest.comments(videoId);
        expect([written.status, read.status]).toEqual([200, 200]);
        expect(listed.body.comments.map((comment) => comment.content)).toEqual([content]);
        expect(again.body).toEqual(listed.body);
        times.push(listed.tookMs, read.tookMs, again.tookMs);
      }
      return times;
    }

    const before = await reads();
    await away();
    const between = await reads();
    const uploaded = await rest.upload();
    const ended = await untilEncoded(uploaded.body.id);
    await back();
    const after = await reads();

    console.log(
      [`there: ${describeTimes(before)}`, `${how}: ${describeTimes(between)}`]
        .concat(`back: ${describeTimes(after)}`)
        .join("\n"),
    );
    expect(ended).toBe("success");
    // A hung Redis may cost the calls that are under way, not those after them.
    expect(percentile(between, 50)).toBeLessThan(2 * percentile(before, 50) + 20);
    expect(percentile(between, 95)).toBeLessThan(1000);
  });

  test("S3 away: an upload answers 503 and leaves nothing, and works again when S3 is back", async () => {
    const before = (await stores.videos()).length;
    const objects = (await stores.objects()).sort();
    await servers.s3.kill();

    const answers = await Promise.all([rest.upload(), rest.upload()]);
    const [video] = (await rest.videos()).body.videos;
    const comment = await rest.comment(video?.id ?? "", "while S3 is away");
    const rows = (await stores.videos()).length;
    await servers.s3.start();
    const after = await vi.waitFor(
      async () => {
        const answer = await rest.upload();
        expect(answer.status).toBe(200);
        return answer;
      },
      { timeout: 20_000, interval: 200 },
    );

    console.log(`S3 away: ${answers.map(({ tookMs }) => `503 after ${tookMs.toFixed(0)} ms`)}`);
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [503, expect.objectContaining({ code: 14 })],
      [503, expect.objectContaining({ code: 14 })],
    ]);
    expect(answers.filter(({ tookMs }) => tookMs > answerDeadlineMs)).toEqual([]);
    expect(comment.status).toBe(200);
    expect(rows).toBe(before);
    const added = (await stores.objects()).filter((name) => !objects.includes(name));
    expect(added.filter((name) => !name.startsWith(after.body.id))).toEqual([]);
    expect(await stores.unfinishedUploads()).toEqual([]);
    expect(await untilEncoded(after.body.id)).toBe("success");
  }, 90_000);

  test("Postgres restarted: comments answer 503 meanwhile, none that was acknowledged is lost, and a delete that broke off is finished", async () => {
    const { id: videoId } = (await rest.upload()).body;
    const { id: unwantedId } = (await rest.upload()).body;
    await rest.comment(unwantedId, "to be deleted");
    const acknowledged: string[] = [];
    const statuses = new Map<number, number>();
    const slow: number[] = [];
    let ended = false;
    const commenting = Promise.all(
      Array.from({ length: 4 }, async (_, client) => {
        for (let i = 0; !ended; i++) {
          const { status, body, tookMs } = await rest.comment(videoId, `${client}-${i}`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 200) acknowledged.push(body.id);
          if (tookMs > answerDeadlineMs) slow.push(tookMs);
          await sleep(20);
        }
      }),
    );
    await sleep(1000);
    await servers.postgres.kill();
    const deleted = await rest.deleteVideo(unwantedId);
    const uploaded = await rest.upload();
    await sleep(1000);
    await servers.postgres.start();
    const started = Date.now();
    await vi.waitFor(async () => expect((await rest.comments(videoId)).status).toBe(200), {
      timeout: 20_000,
      interval: 50,
    });
    const recoveryMs = Date.now() - started;
    ended = true;
    await commenting;

    const counts = [...statuses].map(([status, count]) => `${status} x ${count}`).join(", ");
    console.log(`Postgres back: comments after ${recoveryMs} ms; ${counts}`);
    expect([deleted.status, uploaded.status]).toEqual([503, 200]);
    expect([...statuses.keys()].sort()).toEqual([200, 503]);
    expect(slow).toEqual([]);
    const stored = new Set((await stores.comments()).map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    await vi.waitFor(
      async () => {
        const comments = await stores.comments();
        const videos = await stores.videos();
        expect({
          comments: comments.filter((row) => row.video_id === unwantedId),
          videos: videos.filter(({ _id }) => String(_id) === unwantedId),
        }).toEqual({ comments: [], videos: [] });
      },
      { timeout: 20_000, interval: 200 },
    );
  }, 90_000);

  async function untilEncoded(id: string): Promise<string> {
    return vi.waitFor(
      async () => {
        const { status } = (await rest.video(id)).body;
        expect(["success", "failed"]).toContain(status);
        return status;
      },
      { timeout: 30_000, interval: 100 },
    );
  }
});
