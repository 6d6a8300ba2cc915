// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { describeWith } from "@labwire/servers/testing";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allEnded } from "./consistency.testing.ts";
import type { OwnServers } from "./own-servers.testing.ts";
import { serverVariables, startOwnServers } from "./own-servers.testing.ts";
import type { RealLab } from "./real-lab.testing.ts";
import { startRealLab } from "./real-lab.testing.ts";
import type { Rest } from "./rest.testing.ts";
import { restClient } from "./rest.testing.ts";

const streams = ["video-stream", "video-stream-2"];

describeWith(serverVariables, "two video-streams", () => {
  let servers: OwnServers;
  let lab: RealLab;
  let rest: Rest;

  beforeAll(async () => {
    servers = await startOwnServers();
    lab = await startRealLab({
      env: { ...servers.env, TRANSCODER_MOCK_DELAY: "200ms", KAFKA_CONSUMER_SESSION_TIMEOUT: "6s" },
      streams: streams.length,
    });
    rest = restClient(lab);
  }, 180_000);

  afterAll(async () => {
    await lab?.close();
    await servers?.stop();
  });

  test("two video-streams share the partitions of the topic", async () => {
    const ids = await uploadMany(20);

    await allEnded(rest, 30_000);

    const made = variantsMade(ids);
    const shares = streams.map((name) => made.filter((variant) => variant.by === name).length);
    console.log(`80 variants: ${streams.map((name, i) => `${name} ${shares[i]}`).join(", ")}`);
    expect(made).toHaveLength(80);
    // Each has two of the four partitions, over which keys spread evenly.
    expect(Math.min(...shares)).toBeGreaterThan(10);
  }, 60_000);

  test("one video-stream takes over when the other is killed in the middle of its work", async () => {
    const uploading = uploadMany(20, 50);
    await sleep(500);
    await lab.stop("video-stream-2", "SIGKILL");
    const killed = Date.now();

    const ids = await uploading;
    const videos = await allEnded(rest, 60_000);

    console.log(
      `taken over: all whole ${((Date.now() - killed) / 1000).toFixed(1)} s after the kill`,
    );
    expect(videos.filter(({ status }) => status !== "success")).toEqual([]);
    const variants = variantsMade(ids).map(({ id, scale }) => `${id} ${scale}`);
    // A variant may be made again when it was made, and not yet said so, as the process was killed.
    expect(new Set(variants).size).toBe(80);
    await lab.start("video-stream-2");
  }, 90_000);

  test("a rolling restart during work makes every variant once, from one event each, and no status goes back", async () => {
    const eventsBefore = await countEvents();
    const watch = watchStatuses();
    const uploading = uploadMany(60, 150);
    for (const name of streams) {
      await sleep(1000);
      await lab.stop(name);
      await sleep(500);
      await lab.start(name);
    }

    const ids = await uploading;
    const videos = await allEnded(rest, 60_000);
    const seen = await watch.stop();

    expect(videos.filter(({ status }) => status !== "success")).toEqual([]);
    const byVideo = Map.groupBy(variantsMade(ids), ({ id }) => id);
    const notOnce = [...byVideo.values()].filter((its) => {
      const scales = its.map(({ scale }) => scale).sort();
      return scales.join() !== "1080,360,480,720";
    });
    expect(notOnce).toEqual([]);
    // One of the upload, four of the fan-out.
    expect((await countEvents()) - eventsBefore).toBe(5 * ids.length);
    const orders = new Set(ids.map((id) => seen.get(id)?.join(" ") ?? ""));
    expect(
      [...orders].filter((order) => !/^(uploaded ?)?(encoding ?)?success$/.test(order)),
    ).toEqual([]);
  }, 120_000);

  async function uploadMany(count: number, pauseMs = 0): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const { status, body } = await rest.upload();
      expect(status).toBe(200);
      ids.push(body.id);
      await sleep(pauseMs);
    }
    return ids;
  }

  /** How many events are in the topic. */
  async function countEvents(): Promise<number> {
    const brokers = [servers.env.KAFKA_CONSUMER_ADDRS ?? ""];
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const partitions = await admin.fetchTopicOffsets("video");
      return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    } finally {
      await admin.disconnect();
    }
  }

  /** Reads all videos again and again; tells the statuses of each, in the order they were seen in. */
  function watchStatuses() {
    const seen = new Map<string, string[]>();
    let stopped = false;
    const look = async () => {
      for (const { id, status } of (await rest.videos()).body.videos) {
        const statuses = seen.get(id) ?? [];
        if (statuses.at(-1) !== status) seen.set(id, [...statuses, status]);
      }
    };
    const watching = (async () => {
      while (!stopped) {
        await look();
        await sleep(50);
      }
    })();
    return {
      stop: async () => {
        stopped = true;
        await watching;
        await look();
        return seen;
      },
    };
  }

  /** What the processes logged of variants of these videos. */
  function variantsMade(ids: readonly string[]) {
    const pattern = / Variant made id=(\w+) scale=(\d+) /;
    return lab.lines.flatMap(({ name, line }) => {
      const [, id = "", scale] = pattern.exec(line) ?? [];
      return ids.includes(id) ? [{ by: name, id, scale }] : [];
    });
  }
});
