// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Server, startServer, toolPath } from "@labwire/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import { type ApiId, apiNameOf, apis } from "./apis.ts";
import { fieldsOf, type NamedField } from "./fields-of.ts";
import {
  type KafkaField,
  type KafkaMessage,
  kafkaDefinitions,
  parseVersions,
} from "./kafka-definitions.testing.ts";
import type { Api, Struct } from "./schema.ts";

const kafkaVersion = "4.3.1";
const installed = toolPath(`kafka-${kafkaVersion}`);

/** Names that are shorter here, or the same for the same thing. */
const shortNames: Record<string, string> = {
  partition: "index",
  partitionId: "index",
  partitionIndex: "index",
  partitionIndexes: "partitions",
  topic: "name",
};
/** More of them, in single messages. */
const names: Record<string, string> = {
  "CreatePartitionsResponse.results": "topics",
  "DeleteGroupsRequest.groupsNames": "groupNames",
  "DeleteTopicsResponse.responses": "topics",
  "DescribeConfigsRequest.resources.configurationKeys": "configNames",
  "DescribeConfigsResponse.results.configs.configSource": "source",
  "DescribeTopicPartitionsRequest.cursor.partitionIndex": "partitionIndex",
  "DescribeTopicPartitionsResponse.nextCursor.partitionIndex": "partitionIndex",
  "ElectLeadersRequest.topicPartitions": "topics",
  "ElectLeadersResponse.replicaElectionResults": "topics",
  "ElectLeadersResponse.topics.partitionResult": "partitions",
  "FetchRequest.forgottenTopicsData": "forgottenTopics",
  "FetchRequest.topics.partitions.partitionMaxBytes": "maxBytes",
  "FetchResponse.responses": "topics",
  "OffsetCommitRequest.generationIdOrMemberEpoch": "generationId",
  "ProduceRequest.topicData": "topics",
  "ProduceRequest.topics.partitionData": "partitions",
  "ProduceResponse.responses": "topics",
  "ProduceResponse.topics.partitionResponses": "partitions",
};

/** Defaults that differ: Kafka sets these fields itself wherever it answers. */
const defaults: Record<string, unknown> = {
  "CreateTopicsResponse.topics.configs": [],
  "CreateTopicsResponse.topics.errorMessage": null,
  "DescribeConfigsResponse.results.configs.documentation": null,
  "FetchResponse.topics.partitions.abortedTransactions": null,
  "FindCoordinatorResponse.errorMessage": null,
};

/** With less, Kafka closes the connection. */
const oneBatch = {
  acks: 1,
  timeoutMs: 1_000,
  topics: [
    { name: "missing", partitions: [{ index: 0, records: createBatch({ values: ["a"] }) }] },
  ],
};

/** One field as both sides are compared: its place is that in the list. */
interface Line {
  readonly path: string;
  readonly kind: string;
  readonly isNullable: boolean;
  readonly tag: number | undefined;
  readonly default: unknown;
}

// In CI a missing Kafka is a failure, not a reason to skip.
describe.skipIf(!installed && process.env.CI !== "true")(
  `the tables and Apache Kafka ${kafkaVersion}`,
  () => {
    const ids = Object.keys(apis) as ApiId[];

    let definitions = new Map<string, KafkaMessage>();
    let kafka: Server;

    beforeAll(async () => {
      definitions = kafkaDefinitions(installed ?? "Kafka is not installed", kafkaVersion);
      kafka = await startServer("kafka");
    });

    afterAll(() => kafka?.stop());

    test.each(ids)("%s has the versions and layouts of Kafka's message definitions", (id) => {
      const api: Api = apis[id];
      const request = definitionOf(definitions, `${apiNameOf(id)}Request`);
      const response = definitionOf(definitions, `${apiNameOf(id)}Response`);
      expect(api).toMatchObject(factsOf(request));
      for (const [struct, definition] of [
        [api.request, request],
        [api.response, response],
      ] as const) {
        for (let version = api.versions[0]; version <= api.versions[1]; version++) {
          expect(linesOf(struct, version, definition.name), `version ${version}`).toEqual(
            kafkaLinesOf(definition, version),
          );
        }
      }
    });

    test.each(ids)("Kafka reads %s, and its answer can be read, in every version", async (id) => {
      const { versions, request }: Api = apis[id];
      const wrong: string[] = [];
      for (let version = versions[0]; version <= versions[1]; version++) {
        // Kafka may close the connection for it, which must not spoil the next.
        await using client = await RawClient.connect({ host: "127.0.0.1", port: kafka.port });
        const message = id === "produce" ? oneBatch : smallest(request, version);
        await client.call(id, version, message as never).catch((error) => {
          wrong.push(`version ${version}: ${error}`);
        });
      }
      expect(wrong).toEqual([]);
    });

    test("versions are those that Kafka says it serves", async () => {
      await using client = await RawClient.connect({ host: "127.0.0.1", port: kafka.port });
      const request = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };
      const { apiKeys } = await client.call("apiVersions", 4, request);
      const told = new Map(apiKeys.map(({ apiKey, ...versions }) => [apiKey, versions]));
      expect(ids.map((id) => [id, told.get(apis[id].key)])).toEqual(
        ids.map((id) => {
          const [minVersion, maxVersion] = apis[id].versions;
          // It says so to librdkafka alone, which cannot do without (KAFKA-18659), and refuses them.
          return [id, { minVersion: id === "produce" ? 0 : minVersion, maxVersion }];
        }),
      );
    });
  },
);

/** A request of defaults, with one item in each list: nothing that Kafka would act on. */
function smallest(struct: Struct, version: number): Record<string, unknown> {
  const { plain } = fieldsOf(struct, version);
  return Object.fromEntries(
    plain.map(({ name, item, defaultValue }) => {
      if (!item) return [name, defaultValue];
      return [name, [item.fields ? smallest(item.fields, version) : item.defaultValue]];
    }),
  );
}

function definitionOf(definitions: Map<string, KafkaMessage>, name: string): KafkaMessage {
  const definition = definitions.get(name);
  if (!definition) throw new Error(`Cannot find '${name}' among Kafka's message definitions`);
  return definition;
}

function factsOf({ apiKey, validVersions, latestVersionUnstable, flexibleVersions }: KafkaMessage) {
  const [from, to] = parseVersions(validVersions) ?? [0, -1];
  return {
    key: apiKey,
    versions: [from, latestVersionUnstable ? to - 1 : to],
    flexibleSince: parseVersions(flexibleVersions)?.[0] ?? Number.POSITIVE_INFINITY,
  };
}

function linesOf(struct: Struct, version: number, path: string): Line[] {
  const { plain, tagged } = fieldsOf(struct, version);
  return [...plain, ...tagged].flatMap((field) => lineOf(field, version, `${path}.${field.name}`));
}

function lineOf(field: NamedField, version: number, path: string): Line[] {
  const { kind, item, fields = item?.fields, nullableSince, tag, defaultValue } = field;
  const inner = fields ? linesOf(fields, version, path) : [];
  const isList = item !== undefined && !fields;
  const line = {
    path,
    kind: isList ? `array of ${item.kind}` : kind,
    isNullable: version >= nullableSince,
    tag,
    default: kind === "struct" && defaultValue !== null ? "its fields'" : defaultValue,
  };
  return [line, ...inner];
}

function kafkaLinesOf(message: KafkaMessage, version: number): Line[] {
  const structs = new Map(message.commonStructs?.map(({ name, fields }) => [name, fields]));
  const isIn = (range = "none") => {
    const [from, to] = parseVersions(range) ?? [0, -1];
    return version >= from && version <= to;
  };
  const linesOfFields = (fields: readonly KafkaField[], parent: string): Line[] =>
    fields
      .filter(({ versions }) => isIn(versions))
      .sort((a, b) => (a.tag ?? -1) - (b.tag ?? -1))
      .flatMap((field) => {
        const path = `${parent}.${nameOf(field, parent)}`;
        const isArray = field.type.startsWith("[]");
        const itemType = field.type.replace("[]", "");
        const inner = field.fields ?? structs.get(itemType);
        const isList = isArray && !inner;
        const kind = isArray ? "array" : inner ? "struct" : kindOf(itemType);
        const line = {
          path,
          kind: isList ? `array of ${kindOf(itemType)}` : kind,
          isNullable: isIn(field.nullableVersions),
          tag: field.tag,
          default: path in defaults ? defaults[path] : defaultOf(field, kind),
        };
        return [line, ...(inner ? linesOfFields(inner, path) : [])];
      });
  return linesOfFields(message.fields, message.name);
}

function nameOf({ name }: KafkaField, parent: string): string {
  const plain = name.charAt(0).toLowerCase() + name.slice(1);
  return names[`${parent}.${plain}`] ?? shortNames[plain] ?? plain;
}

function kindOf(type: string): string {
  return { bool: "boolean", records: "bytes" }[type] ?? type;
}

function defaultOf({ default: value }: KafkaField, kind: string): unknown {
  if (value === "null") return null;
  switch (kind) {
    case "struct":
      return "its fields'";
    case "array":
      return [];
    case "string":
      return value ?? "";
    case "bytes":
      return Buffer.alloc(0);
    case "uuid":
      return Buffer.alloc(16);
    case "boolean":
      return String(value).toLowerCase() === "true";
    case "int64":
      return BigInt(value ?? 0);
    default:
      return Number(value ?? 0);
  }
}
