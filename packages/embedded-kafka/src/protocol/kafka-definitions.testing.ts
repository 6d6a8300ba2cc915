// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** A field as Kafka's message definitions write it. */
export interface KafkaField {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly tag?: number;
  readonly default?: string | boolean | number;
  readonly fields?: readonly KafkaField[];
}

/** A request or response as Kafka's message definitions write it. */
export interface KafkaMessage {
  readonly apiKey: number;
  readonly name: string;
  readonly validVersions: string;
  readonly latestVersionUnstable?: boolean;
  readonly flexibleVersions: string;
  readonly fields: readonly KafkaField[];
  readonly commonStructs?: readonly { name: string; fields: readonly KafkaField[] }[];
}

/** Reads the message definitions of an installed Apache Kafka, by name, such as "FetchRequest". */
export function kafkaDefinitions(installation: string, version: string): Map<string, KafkaMessage> {
  const jar = readFileSync(join(installation, "libs", `kafka-clients-${version}.jar`));
  const messages = [...filesInZip(jar)].filter(([path]) =>
    /^common\/message\/\w+(Request|Response)\.json$/.test(path),
  );
  return new Map(
    messages.map(([, read]) => {
      // JSON but for whole lines of comments.
      const message = JSON.parse(
        read()
          .toString()
          .replaceAll(/^\s*\/\/.*$/gm, ""),
      ) as KafkaMessage;
      return [message.name, message];
    }),
  );
}

/** The first and last of a range such as "0-3", "2+" or "4"; undefined for "none". */
export function parseVersions(range: string): readonly [from: number, to: number] | undefined {
  const [, from, rest, to] = /^(\d+)(?:(\+)|-(\d+))?$/.exec(range) ?? [];
  if (from === undefined) return undefined;
  return [Number(from), rest ? Number.POSITIVE_INFINITY : Number(to ?? from)];
}

/** Files of a zip archive by path, by its central directory (PKWARE's APPNOTE, 4.3.12 and 4.3.7). */
function* filesInZip(zip: Buffer): Generator<[path: string, read: () => Buffer]> {
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    const isDeflated = zip.readUInt16LE(at + 10) === 8;
    const size = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const header = zip.readUInt32LE(at + 42);
    const path = zip.toString("utf8", at + 46, at + 46 + nameLength);
    yield [
      path,
      () => {
        const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
        const content = zip.subarray(start, start + size);
        return isDeflated ? inflateRawSync(content) : content;
      },
    ];
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}
