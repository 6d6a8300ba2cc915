// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JavaClient } from "../clients/java-client.ts";
import { runConfluent } from "../clients/run-confluent.ts";
import type { Site } from "../site.ts";
import { latest, listOffset, until } from "../wire.ts";

/** Clients that are not of Node.js, while the leader of what they write and read dies. */
export function survivorsChapter(site: Site): void {
  describe("lives through the death of a leader, and nothing is lost, doubled or out of order", () => {
    const java = new JavaClient("4.3.1");
    beforeAll(() => java.compile(["JavaClient"]));
    afterAll(() => java[Symbol.dispose]());

    test("confluent-kafka (librdkafka)", async () => {
      const seen = await whileLeaderDies((topic) => runConfluent(site, "steady", [topic]));
      expect(seen).toEqual({ values: true });
    });

    test("kafka-clients 4.3.1 (Java)", async () => {
      const seen = await whileLeaderDies((topic) => java.run(site, "steady", [topic]));
      expect(seen).toEqual({ values: "true" });
    });
  });

  /** Kills the leader of a new topic once a client has written some to it. */
  async function whileLeaderDies<T>(run: (topic: string) => Promise<T>): Promise<T> {
    const topic = await site.topic({ replicationFactor: 3 });
    const [leader = 0] = await site.ready(topic);
    const running = run(topic);
    await Promise.race([running, writtenTo(topic, leader)]);
    await site.cluster.kill(leader);
    try {
      return await running;
    } finally {
      await site.cluster.restart(leader);
    }
  }

  async function writtenTo(topic: string, leader: number): Promise<void> {
    await using client = await site.connect(leader);
    await until(
      () => listOffset(client, topic, latest),
      ({ offset }) => offset >= 20,
      30_000,
    );
  }
}
