// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import type { Site } from "../site.ts";
import { errorName, only, until } from "../wire.ts";

const topicType = 2;
const brokerType = 4;

const set = 0;
const remove = 1;
const append = 2;
const subtract = 3;

/** Configuration of topics and brokers. */
export function configsChapter(site: Site): void {
  describe("DescribeConfigs", () => {
    test("knows every config of a topic, with its default", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const { configs } = await describeConfigs(client, topicType, topic, null);
      const values = Object.fromEntries(configs.map(({ name, value }) => [name, value]));
      expect(values).toMatchObject({
        "cleanup.policy": "delete",
        "compression.type": "producer",
        "delete.retention.ms": "86400000",
        "file.delete.delay.ms": "60000",
        "flush.messages": "9223372036854775807",
        "flush.ms": "9223372036854775807",
        "index.interval.bytes": "4096",
        "max.compaction.lag.ms": "9223372036854775807",
        "max.message.bytes": "1048588",
        "message.timestamp.type": "CreateTime",
        "min.cleanable.dirty.ratio": "0.5",
        "min.compaction.lag.ms": "0",
        "min.insync.replicas": "1",
        "retention.bytes": "-1",
        "retention.ms": "604800000",
        "segment.bytes": "1073741824",
        "segment.index.bytes": "10485760",
        "segment.jitter.ms": "0",
        "segment.ms": "604800000",
        "unclean.leader.election.enable": "false",
      });
    });

    test("says where a value comes from", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "1000" } });
      const names = ["retention.ms", "flush.ms"];
      const { configs } = await describeConfigs(client, topicType, topic, names);
      expect(
        configs
          .map(({ name, value, source, readOnly, isSensitive, configType }) => {
            return { name, value, source, readOnly, isSensitive, configType };
          })
          .sort((a, b) => a.name.localeCompare(b.name)),
      ).toEqual([
        {
          name: "flush.ms",
          value: "9223372036854775807",
          source: 5,
          readOnly: false,
          isSensitive: false,
          configType: 5,
        },
        {
          name: "retention.ms",
          value: "1000",
          source: 1,
          readOnly: false,
          isSensitive: false,
          configType: 5,
        },
      ]);
    });

    test("describes a broker, and knows no other", async () => {
      await using client = await site.connect();
      const names = ["auto.create.topics.enable", "num.partitions", "node.id"];
      const { error, configs } = await describeConfigs(client, brokerType, "0", names);
      const values = Object.fromEntries(configs.map(({ name, value }) => [name, value]));
      const other = await describeConfigs(client, brokerType, "99", names);
      expect([error, values, other.error]).toEqual([
        "NONE",
        { "auto.create.topics.enable": "true", "num.partitions": "1", "node.id": "0" },
        "INVALID_REQUEST",
      ]);
    });

    test("refuses what there is not", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const unknown = await describeConfigs(client, topicType, "nobody-made-this", null);
      const noSuch = await describeConfigs(client, topicType, topic, ["no.such"]);
      expect([unknown.error, noSuch.error, noSuch.configs]).toEqual([
        "UNKNOWN_TOPIC_OR_PARTITION",
        "NONE",
        [],
      ]);
    });
  });

  describe("IncrementalAlterConfigs", () => {
    test("sets, removes, appends and subtracts", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "1000", "flush.ms": "5" } });
      const steps = [
        [set, "max.message.bytes", "3000"],
        [remove, "retention.ms", null],
        [append, "cleanup.policy", "compact"],
      ] as const;
      const errors: unknown[] = [];
      for (const [operation, name, value] of steps) {
        errors.push(await alter(client, topic, [{ operation, name, value }]));
      }
      const wanted = ["cleanup.policy", "flush.ms", "max.message.bytes", "retention.ms"];
      const after = await valuesOf(client, topic, wanted, { "cleanup.policy": "delete,compact" });
      errors.push(
        await alter(client, topic, [
          { operation: subtract, name: "cleanup.policy", value: "delete" },
        ]),
      );
      const last = await valuesOf(client, topic, wanted, { "cleanup.policy": "compact" });
      expect({ errors, after, last: last["cleanup.policy"] }).toEqual({
        errors: ["NONE", "NONE", "NONE", "NONE"],
        after: {
          "cleanup.policy": "delete,compact",
          "flush.ms": "5",
          "max.message.bytes": "3000",
          "retention.ms": "604800000",
        },
        last: "compact",
      });
    });

    test("refuses what cannot be, and changes nothing then", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const one = (operation: number, name: string, value: string | null) => ({
        operation,
        name,
        value,
      });
      const errors = [
        await alter(client, topic, [one(set, "no.such", "1")]),
        await alter(client, topic, [one(set, "retention.ms", "5"), one(set, "flush.ms", "soon")]),
        await alter(client, topic, [one(append, "retention.ms", "1")]),
        await alter(client, topic, [one(set, "retention.ms", null)]),
        await alter(client, topic, [one(set, "flush.ms", "5"), one(set, "flush.ms", "6")]),
        await alter(client, "nobody-made-this", [one(set, "retention.ms", "1")]),
        await alter(client, topic, [one(set, "retention.ms", "77")], true),
      ];
      const { configs } = await describeConfigs(client, topicType, topic, ["retention.ms"]);
      expect([errors, only(configs).value]).toEqual([
        [
          "INVALID_CONFIG",
          "INVALID_CONFIG",
          "INVALID_CONFIG",
          "INVALID_REQUEST",
          "INVALID_REQUEST",
          "UNKNOWN_TOPIC_OR_PARTITION",
          "NONE",
        ],
        "604800000",
      ]);
    });
  });

  describe("IncrementalAlterConfigs of brokers", () => {
    test("sets the defaults of topics for all brokers", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const name = "log.index.interval.bytes";
      const wanted = ["index.interval.bytes"];
      const alterAll = (operation: number, value: string | null) =>
        alter(client, "", [{ operation, name, value }], false, brokerType);
      const errors = [await alterAll(set, "x"), await alterAll(set, "5000")];
      await valuesOf(client, topic, wanted, { "index.interval.bytes": "5000" });
      const { configs } = await describeConfigs(client, topicType, topic, wanted);
      errors.push(await alterAll(remove, null));
      await valuesOf(client, topic, wanted, { "index.interval.bytes": "4096" });
      const { value, source } = only(configs);
      expect([errors, value, source]).toEqual([["INVALID_REQUEST", "NONE", "NONE"], "5000", 3]);
    });

    test("keeps what it does not know, and tells no value of it", async () => {
      await using client = await site.connect();
      const alterOne = (name: string, operation: number, value: string | null) =>
        alter(client, "0", [{ operation, name, value }], false, brokerType);
      const errors = [
        await alterOne("node.id", set, "7"),
        await alterOne("num.partitions", set, "7"),
        await alterOne("no.such", set, "a"),
      ];
      const described = await until(
        () => describeConfigs(client, brokerType, "0", ["no.such"]),
        ({ configs }) => configs.length > 0,
      );
      errors.push(await alterOne("no.such", remove, null));
      const { value, source, readOnly, isSensitive } = only(described.configs);
      expect([errors, { value, source, readOnly, isSensitive }]).toEqual([
        ["INVALID_REQUEST", "INVALID_REQUEST", "NONE", "NONE"],
        { value: null, source: 2, readOnly: true, isSensitive: true },
      ]);
    });
  });

  describe("AlterConfigs", () => {
    test("replaces all that was set", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "1000" } });
      const { responses } = await client.call("alterConfigs", 2, {
        resources: [
          {
            resourceType: topicType,
            resourceName: topic,
            configs: [{ name: "flush.ms", value: "9" }],
          },
        ],
        validateOnly: false,
      });
      const wanted = ["flush.ms", "retention.ms"];
      const values = await valuesOf(client, topic, wanted, { "flush.ms": "9" });
      expect([errorName(only(responses).errorCode), values]).toEqual([
        "NONE",
        { "flush.ms": "9", "retention.ms": "604800000" },
      ]);
    });
  });
}

async function describeConfigs(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  configNames: string[] | null,
) {
  const resources = [{ resourceType, resourceName, configNames }];
  const result = only((await client.call("describeConfigs", 4, { resources })).results);
  return { error: errorName(result.errorCode), configs: result.configs };
}

/** Values as soon as a change of theirs is known. */
async function valuesOf(
  client: RawClient,
  topic: string,
  names: string[],
  changed: Record<string, string>,
): Promise<Record<string, string | null>> {
  return until(
    async () => {
      const { configs } = await describeConfigs(client, topicType, topic, names);
      return Object.fromEntries(configs.map(({ name, value }) => [name, value]));
    },
    (values) => Object.entries(changed).every(([name, value]) => values[name] === value),
  );
}

async function alter(
  client: RawClient,
  resourceName: string,
  configs: readonly { operation: number; name: string; value: string | null }[],
  validateOnly = false,
  resourceType = topicType,
) {
  const { responses } = await client.call("incrementalAlterConfigs", 1, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: configs.map(({ operation, ...config }) => ({
          ...config,
          configOperation: operation,
        })),
      },
    ],
    validateOnly,
  });
  return errorName(only(responses).errorCode);
}
