// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { apiByKey, apiIdByName, apiNameOf, apis } from "./apis.ts";
import { decode, encode } from "./codec.ts";
import { mutated, randomBytes, randomMessage, seededRandom } from "./random-message.testing.ts";
import { MalformedError, Reader } from "./reader.ts";
import type { Struct } from "./schema.ts";
import { Writer } from "./writer.ts";

/** Every layout there is: the requests and responses of all versions. */
const layouts = Object.entries(apis).flatMap(
  ([id, { versions, flexibleSince, request, response }]) =>
    Array.from({ length: versions[1] - versions[0] + 1 }, (_, at) => versions[0] + at).flatMap(
      (version) =>
        [request, response].map((struct: Struct) => ({
          name: `${id} v${version} ${struct === request ? "request" : "response"}`,
          struct,
          version,
          flexible: version >= flexibleSince,
        })),
    ),
);
type Layout = (typeof layouts)[number];

function toBytes({ struct, version, flexible }: Layout, message: object): Buffer {
  const writer = new Writer();
  encode(writer, struct, version, flexible, message as never);
  return Buffer.concat(writer.finish()).subarray(4);
}

function fromBytes({ struct, version, flexible }: Layout, bytes: Buffer) {
  const reader = new Reader(bytes);
  return { message: decode(reader, struct, version, flexible), rest: reader.remaining };
}

test("apiByKey and apiIdByName find every api, which have no key and no name twice", () => {
  const ids = Object.keys(apis);
  expect([...apiByKey.values()].map(([id]) => id)).toEqual(ids);
  expect([...apiIdByName.values()]).toEqual(ids);
  expect([
    apiNameOf("joinGroup"),
    apiIdByName.get("JoinGroup"),
    apiIdByName.get("joinGroup"),
  ]).toEqual(["JoinGroup", "joinGroup", undefined]);
});

test("apis are in the order of their keys, and serve no version that they do not know", () => {
  const keys = Object.values(apis).map(({ key }) => key);
  const wrong = Object.entries(apis).filter(
    ([, { versions, served }]) =>
      served[0] < versions[0] || served[1] > versions[1] || served[0] > served[1],
  );
  expect({ keys, wrong }).toEqual({ keys: keys.toSorted((a, b) => a - b), wrong: [] });
});

test("decode() gives what encode() wrote, whatever the message, in every version of every api", () => {
  const random = seededRandom(1);
  for (const layout of layouts) {
    for (let round = 0; round < 5; round++) {
      const message = randomMessage(layout.struct, layout.version, random);
      expect(fromBytes(layout, toBytes(layout, message)), layout.name).toEqual({
        message,
        rest: 0,
      });
    }
  }
});

test("decode() throws nothing but MalformedError, and makes no more than the bytes bear out, whatever they are", () => {
  const random = seededRandom(2);
  const outcomes = { read: 0, refused: 0 };
  const wrong: unknown[] = [];
  const attempt = (layout: Layout, bytes: Buffer) => {
    try {
      const { message } = fromBytes(layout, bytes);
      const count = valuesIn(message);
      if (count > 40 * (bytes.length + 1)) wrong.push({ layout: layout.name, count, bytes });
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof MalformedError)) wrong.push({ layout: layout.name, error, bytes });
      outcomes.refused++;
    }
  };
  for (const layout of layouts) {
    for (let round = 0; round < 10; round++) {
      let bytes = toBytes(layout, randomMessage(layout.struct, layout.version, random));
      for (let faults = 0; faults < 5 && bytes.length > 0; faults++) {
        bytes = mutated(bytes, random);
        attempt(layout, bytes);
      }
      attempt(layout, randomBytes(random() * 100, random));
    }
  }
  expect(wrong).toEqual([]);
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(1_000);
});

/** How many values a message consists of, itself included. */
function valuesIn(value: unknown): number {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return 1;
  return Object.values(value).reduce((sum: number, part) => sum + valuesIn(part), 1);
}
