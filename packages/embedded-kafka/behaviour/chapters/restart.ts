// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { commit, committed, describeGroup, enterAlone, heartbeat } from "../group-wire.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import {
  begin,
  describeTransaction,
  end,
  initProducerId,
  produceIn,
  retriable,
  write,
} from "../transaction-wire.ts";
import { earliest, fetch, latest, listOffset, only, produce, until } from "../wire.ts";

/** What is there after a broker was killed and started again. */
export function restartChapter(site: Site): void {
  describe("a broker that was killed and started again", () => {
    test("knows what it acknowledged", async () => {
      const topic = await site.topic({ partitions: 2, configs: { "retention.ms": "123456789" } });
      const deleted = await site.topic();
      const open = await site.topic();
      const ended = await site.topic();
      const [group, transactionalId] = [await site.group(), await site.transactionalId()];
      const before = await (async () => {
        await using client = await site.connect();
        const { producerId } = await until(
          () => initProducerId(client),
          ({ error }) => !retriable.has(error),
        );
        const batch = batchOf(["a", "b"], { producerId, producerEpoch: 0, baseSequence: 0 });
        await produce(client, topic, batch);
        await produce(client, topic, batchOf(["c"]), { partition: 1 });
        await produce(client, deleted, batchOf(["gone"]));
        await produce(client, deleted, batchOf(["kept"]));
        await client.call("deleteRecords", 2, {
          topics: [{ name: deleted, partitions: [{ index: 0, offset: 1n }] }],
          timeoutMs: 5_000,
        });
        await commit(client, { group, metadata: "why" }, topic, 2);
        const aborted = await begin(client, await site.transactionalId());
        await write(client, aborted, ended, ["aborted"]);
        await end(client, aborted, false);
        const producer = await begin(client, transactionalId);
        await write(client, producer, open, ["open"]);
        const member = await enterAlone(client, {
          group: await site.group(),
          instanceId: "pod-0",
          sessionTimeoutMs: 60_000,
        });
        await until(
          () => fetch(client, ended),
          ({ lastStableOffset }) => lastStableOffset === 2,
        );
        const { clusterId } = await client.call("metadata", 9, { topics: [] });
        const described = await describeTopic(client, topic);
        return { batch, producerId, aborted, producer, member, clusterId, id: described.topicId };
      })();

      await site.cluster.kill(0);
      await site.cluster.restart(0);
      for (const name of [topic, deleted, open, ended]) await site.ready(name);
      await using client = await site.connectTo("group", group);

      const offset = await committed(client, group, topic);
      const again = await produce(client, topic, before.batch);
      const configs = await client.call("describeConfigs", 4, {
        resources: [{ resourceType: 2, resourceName: topic, configNames: ["retention.ms"] }],
      });
      const ongoing = await until(
        () => describeTransaction(client, transactionalId),
        ({ error }) => !retriable.has(error),
      );
      const stable = await listOffset(client, open, latest, { isCommittedOnly: true });
      const more = await produceIn(client, before.producer, open, ["more"], { sequence: 1 });
      const commits = await end(client, before.producer, true);
      const read = await until(
        () => fetch(client, open, { isCommittedOnly: true }),
        ({ lastStableOffset }) => lastStableOffset === 3,
      );
      const { producerId } = await until(
        () => initProducerId(client),
        ({ error }) => !retriable.has(error),
      );
      const [one, two] = [await fetch(client, topic), await fetch(client, topic, { partition: 1 })];
      expect({
        clusterId: (await client.call("metadata", 9, { topics: [] })).clusterId,
        id: (await describeTopic(client, topic)).topicId,
        values: [one.values, two.values],
        again: [again.error, again.baseOffset, one.highWatermark],
        start: (await listOffset(client, deleted, earliest)).offset,
        retention: only(only(configs.results).configs).value,
        offset,
        aborted: (await fetch(client, ended, { isCommittedOnly: true })).aborted,
        transaction: [ongoing.state, stable.offset, more.error, commits, read.values],
        isNewId: producerId > before.producerId,
        member: await until(
          () => heartbeat(client, before.member),
          (error) => !retriable.has(error),
        ),
        group: (await describeGroup(client, before.member.group)).members.map(
          ({ instanceId, assignment }) => [instanceId, assignment],
        ),
      }).toEqual({
        clusterId: before.clusterId,
        id: before.id,
        values: [["a", "b"], ["c"]],
        again: ["NONE", 0, 2],
        start: site.lab.has("durableDeletion") ? 1 : 0,
        retention: "123456789",
        offset: { error: "NONE", offset: 2, leaderEpoch: -1, metadata: "why" },
        aborted: [{ producerId: before.aborted.producerId, firstOffset: 0 }],
        transaction: ["Ongoing", 0, "NONE", "NONE", ["open", "more"]],
        isNewId: true,
        member: "NONE",
        group: [["pod-0", "all"]],
      });
    });
  });

  async function describeTopic(client: Awaited<ReturnType<Site["connect"]>>, name: string) {
    const asked = { topics: [{ name }], allowAutoTopicCreation: false };
    return only((await client.call("metadata", 12, asked)).topics);
  }
}
