// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { type ApiId, apis } from "../protocol/apis.ts";
import { decode, encode } from "../protocol/codec.ts";
import { type ErrorName, errorCodes } from "../protocol/error-codes.ts";
import { Reader } from "../protocol/reader.ts";
import type { Api, Field, Struct } from "../protocol/schema.ts";
import { Writer } from "../protocol/writer.ts";
import { errorAnswer } from "./error-answer.ts";

const told = (error: ErrorName) => ({ error, message: "why" });

const ids = Object.keys(apis) as ApiId[];

/** A request of a version in which every list has one item. */
function sampleOf(struct: Struct, version: number): Record<string, unknown> {
  const has = ({ since, until }: Field) => version >= since && version <= until;
  const fields = Object.entries(struct).filter(([, field]) => has(field));
  return Object.fromEntries(
    fields.map(([name, field]) => [name, sampleValue(name, field, version)]),
  );
}

function sampleValue(name: string, field: Field, version: number): unknown {
  if (field.item) return [sampleValue(name, field.item, version)];
  if (field.fields) return sampleOf(field.fields, version);
  if (field.kind === "string") return `a ${name}`;
  if (field.kind === "uuid") return Buffer.alloc(16, 1);
  if (field.kind === "int64") return 7n;
  return field.kind.startsWith("int") ? 7 : field.defaultValue;
}

/** Encodes an answer as the broker does, and reads it as a client does. */
function sent(api: Api, version: number, answer: object): Record<string, unknown> {
  const writer = new Writer();
  const flexible = version >= api.flexibleSince;
  encode(writer, api.response, version, flexible, answer as never);
  const reader = new Reader(Buffer.concat(writer.finish()).subarray(4));
  const read = decode(reader, api.response, version, flexible);
  expect(reader.remaining).toBe(0);
  return read;
}

/** Every error code in a message that is not NONE. */
function codesIn(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    /^(e|partitionE)rrorCode$/.test(name) ? (inner === 0 ? [] : [inner]) : codesIn(inner),
  );
}

const versionsOf = ({ versions: [from, to] }: Api) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

test.each(ids)("errorAnswer() says the error once in %s of every version", (id) => {
  const api: Api = apis[id];
  for (const version of versionsOf(api)) {
    const request = sampleOf(api.request, version);
    const answer = errorAnswer(id, version, request, told("UNKNOWN_SERVER_ERROR"));
    const codes = codesIn(sent(api, version, answer));
    expect({ version, codes }).toEqual({ version, codes: [errorCodes.UNKNOWN_SERVER_ERROR] });
  }
});

test.each(ids)("errorAnswer() says it in %s of a request without items, where it can", (id) => {
  const api: Api = apis[id];
  for (const version of versionsOf(api)) {
    const has = ({ since, until }: Field) => version >= since && version <= until;
    const request = Object.fromEntries(
      Object.entries(api.request).map(([name, field]) => [name, field.item ? [] : null]),
    );
    const answer = errorAnswer(id, version, request, told("UNKNOWN_SERVER_ERROR"));
    const canSay = api.response.errorCode !== undefined && has(api.response.errorCode);
    const codes = codesIn(sent(api, version, answer));
    if (canSay) expect(codes).toEqual([errorCodes.UNKNOWN_SERVER_ERROR]);
  }
});

test("errorAnswer() has the partitions of the request, and knows no offset", () => {
  const topicId = Buffer.alloc(16, 5);
  const topics = [{ name: "t", topicId, partitions: [{ index: 3, records: Buffer.alloc(1) }] }];
  const answer = errorAnswer("produce", 13, { topics }, told("NOT_LEADER_OR_FOLLOWER"));
  expect(answer.topics).toMatchObject([
    {
      topicId,
      partitions: [
        {
          index: 3,
          errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER,
          baseOffset: -1n,
          errorMessage: "why",
        },
      ],
    },
  ]);
});

test("errorAnswer() makes items of ids, and keeps a member's", () => {
  const groups = errorAnswer("describeGroups", 4, { groups: ["a", "b"] }, told("NOT_COORDINATOR"));
  expect(groups.groups.map(({ groupId }) => groupId)).toEqual(["a", "b"]);
  const found = errorAnswer(
    "findCoordinator",
    4,
    { coordinatorKeys: ["g"] },
    told("INVALID_REQUEST"),
  );
  expect(found.coordinators).toMatchObject([{ key: "g", nodeId: -1, port: -1 }]);
  const joined = errorAnswer("joinGroup", 5, { memberId: "m" }, told("REBALANCE_IN_PROGRESS"));
  expect(joined).toMatchObject({ memberId: "m", errorCode: errorCodes.REBALANCE_IN_PROGRESS });
});

test.each([
  ["fetch", 7, "FETCH_SESSION_ID_NOT_FOUND"],
  ["offsetFetch", 7, "NOT_COORDINATOR"],
  ["leaveGroup", 3, "NOT_COORDINATOR"],
  ["offsetDelete", 0, "NON_EMPTY_GROUP"],
] as const)("errorAnswer() says in %s of version %d at its top that %s", (id, version, error) => {
  const answer = errorAnswer(id, version, sampleOf(apis[id].request, version), told(error));
  expect(sent(apis[id], version, answer).errorCode).toBe(errorCodes[error]);
});

test("errorAnswer() says of partitions of OffsetFetch what is about them alone", () => {
  const request = sampleOf(apis.offsetFetch.request, 8);
  expect(errorAnswer("offsetFetch", 8, request, told("NOT_COORDINATOR")).groups).toMatchObject([
    { groupId: "a groupId", errorCode: errorCodes.NOT_COORDINATOR },
  ]);
  const { groups = [] } = errorAnswer("offsetFetch", 8, request, told("UNSTABLE_OFFSET_COMMIT"));
  expect(groups[0]?.topics[0]?.partitions).toMatchObject([
    { index: 7, errorCode: errorCodes.UNSTABLE_OFFSET_COMMIT, committedOffset: -1n },
  ]);
});
