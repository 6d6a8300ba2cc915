// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { decompress } from "../src/log/compression/compression.ts";
import type { Names } from "./names.ts";
import type { Operation } from "./operation.ts";

/** What lists tell of everything on the broker: of it counts what this sequence has made. */
const wide = new Set([
  "listGroups",
  "listTransactions",
  "metadata",
  "describeTopicPartitions",
  "describeLogDirs",
  "listConfigResources",
]);

/** Lists whose order says something: all others are a hash table's. */
const ordered = new Set(["batches"]);

/** An answer that can be compared: ids by their names, batches read, lists in one order. */
export function canonical({ api }: Operation, answer: unknown, names: Names): unknown {
  const isWide = wide.has(api);
  const convert = (value: unknown, field: string, holder: object): unknown => {
    if (Buffer.isBuffer(value)) {
      if (field === "topicId") {
        return names.topicId(value, "name" in holder ? holder.name : undefined);
      }
      if (field === "records") return batchesOf(value, names);
      return names.text(value.toString("latin1"));
    }
    if (Array.isArray(value)) {
      const items = value
        .map((item) => convert(item, field, value))
        .filter((item) => !isWide || isOwn(item));
      return ordered.has(field) ? items : items.sort(byText);
    }
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => !left.has(name))
          .map(([name, item]) => [name, convert(item, name, value)]),
      );
    }
    if (typeof value === "bigint") {
      if (field === "producerId") return names.producerId(value);
      return names.time(value);
    }
    if (typeof value === "string") return names.text(value);
    if (field === "port" && "host" in holder) return names.port(value as number);
    if (field === "sessionId") return names.session(value as number);
    return value;
  };
  return convert(answer, "", {});
}

/** Fields that say something of the machine or of the process alone. */
const left = new Set(["throttleTimeMs", "clusterId", "logDir", "totalBytes", "usableBytes"]);

function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Whether an entry of a wide list is about this sequence's own names, or about none. */
function isOwn(item: unknown): boolean {
  if (item === null || typeof item !== "object") return true;
  const { groupId, transactionalId, name, resourceName } = item as Record<string, unknown>;
  const named = groupId ?? transactionalId ?? resourceName ?? name;
  return typeof named !== "string" || named.startsWith("~");
}

/** The batches as numbers; one that is cut off at the end is none, as to clients. */
function batchesOf(bytes: Buffer, names: Names): unknown {
  const batches: unknown[] = [];
  for (let at = 0; at + 61 <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    batches.push(batchOf(bytes.subarray(at, end), names));
    at = end;
  }
  return { batches };
}

function batchOf(bytes: Buffer, names: Names): unknown {
  const attributes = bytes.readInt16BE(21);
  const isControl = (attributes & 0x20) !== 0;
  return {
    baseOffset: Number(bytes.readBigInt64BE(0)),
    leaderEpoch: bytes.readInt32BE(12),
    attributes,
    lastOffsetDelta: bytes.readInt32BE(23),
    baseTimestamp: names.time(bytes.readBigInt64BE(27)),
    maxTimestamp: names.time(bytes.readBigInt64BE(35)),
    producerId: names.producerId(bytes.readBigInt64BE(43)),
    producerEpoch: bytes.readInt16BE(51),
    baseSequence: bytes.readInt32BE(53),
    count: bytes.readInt32BE(57),
    content: contentOf(bytes.subarray(61), attributes & 7, isControl),
  };
}

/** Compressions of different libraries give different bytes of the same records. */
function contentOf(content: Buffer, compression: number, isControl: boolean): string {
  try {
    return decompress(content, compression).toString(isControl ? "hex" : "latin1");
  } catch {
    return `${content.length} bytes that cannot be unpacked`;
  }
}
