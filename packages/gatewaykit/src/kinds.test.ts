// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, expect, test } from "vitest";
import { answered, type Library, startLibrary } from "./library.testing.ts";

let library: Library;

beforeAll(async () => {
  library = await startLibrary({ echoKinds: ({ kinds }) => ({ kinds }) });
});

afterAll(() => library[Symbol.asyncDispose]());

// What grpc-gateway writes for an empty message: nothing of oneofs and optional fields.
const empty = {
  doubleValue: 0,
  floatValue: 0,
  int32Value: 0,
  int64Value: "0",
  uint32Value: 0,
  uint64Value: "0",
  sint32Value: 0,
  sint64Value: "0",
  fixed32Value: 0,
  fixed64Value: "0",
  sfixed32Value: 0,
  sfixed64Value: "0",
  boolValue: false,
  stringValue: "",
  bytesValue: "",
  color: "COLOR_UNSPECIFIED",
  nested: null,
  repeatedInt32: [],
  repeatedString: [],
  repeatedNested: [],
  stringMap: {},
  nestedMap: {},
  timestamp: null,
  stringWrapper: null,
  repeatedColor: [],
};

function post(body: unknown): Promise<[number, unknown]> {
  const init = { method: "POST", body: JSON.stringify(body) };
  return answered(fetch(`${library.url}/v1/kinds`, init));
}

function get(query: string): Promise<[number, unknown]> {
  return answered(fetch(`${library.url}/v1/kinds?${query}`));
}

test("createGateway() writes every field of a response", async () => {
  expect(await post({})).toEqual([200, empty]);
});

test("createGateway() writes what was set", async () => {
  const set = {
    ...empty,
    doubleValue: "NaN",
    int64Value: "-9223372036854775808",
    uint64Value: "18446744073709551615",
    bytesValue: "AP8=",
    color: "COLOR_BLUE",
    nested: { name: "n", value: 0 },
    optionalString: "",
    repeatedNested: [{ name: "", value: 1 }],
    stringMap: { ["__proto__"]: "own", "": "empty" },
    nestedMap: { "-1": { name: "", value: 2 } },
    choiceNested: { name: "", value: 0 },
    timestamp: "2026-01-02T03:04:05.123Z",
    stringWrapper: "",
    repeatedColor: ["COLOR_RED", 7],
  };
  expect(await post(set)).toEqual([200, set]);
});

test.each<[query: string, set: object]>([
  [
    "kinds.double_value=1.5e3&kinds.floatValue=-inf",
    { doubleValue: 1500, floatValue: "-Infinity" },
  ],
  [
    "kinds.int32Value=-2147483648&kinds.uint32_value=4294967295",
    { int32Value: -2147483648, uint32Value: 4294967295 },
  ],
  [
    "kinds.int64Value=-9223372036854775808&kinds.sint64_value=%2B1",
    { int64Value: "-9223372036854775808", sint64Value: "1" },
  ],
  ["kinds.fixed64Value=18446744073709551615", { fixed64Value: "18446744073709551615" }],
  [
    "kinds.boolValue=T&kinds.stringValue=a+b%C3%A9&kinds.bytesValue=AP8%3D",
    { boolValue: true, stringValue: "a bé", bytesValue: "AP8=" },
  ],
  [
    "kinds.color=COLOR_RED&kinds.repeatedColor=2&kinds.repeatedColor=COLOR_RED",
    { color: "COLOR_RED", repeatedColor: ["COLOR_BLUE", "COLOR_RED"] },
  ],
  ["kinds.nested.name=n&kinds.nested.value=2", { nested: { name: "n", value: 2 } }],
  ["kinds.optional_string=", { optionalString: "" }],
  [
    "kinds.repeated_string=b&kinds.repeatedInt32=1&kinds.repeated_string=a",
    { repeatedString: ["b", "a"], repeatedInt32: [1] },
  ],
  ["kinds.string_map[k]=v&kinds.stringMap[]=w", { stringMap: { k: "v", "": "w" } }],
  ["kinds.choice_uint64=0", { choiceUint64: "0" }],
  ["kinds.timestamp=2026-01-02T04:04:05%2B01:00", { timestamp: "2026-01-02T03:04:05Z" }],
  ["kinds.string_wrapper=", { stringWrapper: "" }],
  ["kinds.nothing=1&kinds.nested.nothing=1&kinds.string_value.x=1&nothing", {}],
])("createGateway() reads the query '%s'", async (query, set) => {
  expect(await get(query)).toEqual([200, { ...empty, ...set }]);
});

test.each([
  [
    "kinds.int32_value=2147483648",
    "'2147483648' is not in the range from -2147483648 to 2147483647",
  ],
  ["kinds.uint32_value=-1", "'-1' is not in the range from 0 to 4294967295"],
  [
    "kinds.uint64_value=18446744073709551616",
    "'18446744073709551616' is not in the range from 0 to 18446744073709551615",
  ],
  ["kinds.int64_value=1.5", "'1.5' is not an integer"],
  ["kinds.int64_value=", "'' is not an integer"],
  ["kinds.double_value=1e400", "'1e400' is out of range"],
  ["kinds.float_value=1e39", "'1e39' is out of range"],
  ["kinds.double_value=0x10", "'0x10' is not a number"],
  ["kinds.bool_value=yes", "'yes' is not a boolean"],
  ["kinds.color=COLOR_GREEN", "'COLOR_GREEN' is not a value of 'labwire.testdata.v1.Color'"],
  ["kinds.color=7", "'7' is not a value of 'labwire.testdata.v1.Color'"],
  ["kinds.nested=x", "'labwire.testdata.v1.Kinds.Nested' cannot be written in a URL"],
  ["kinds.string_map=x", "it is a map: write '[key]'"],
  ["kinds.string_value[k]=x", "it is no map"],
  ["kinds.int32_value=1&kinds.int32_value=2", "it has 2 values: 1, 2"],
])("createGateway() refuses the query '%s'", async (query, reason) => {
  const name = query.slice(0, query.indexOf("="));
  const message = `Cannot set '${name}' from the query: ${reason}`;
  expect(await get(query)).toEqual([400, { code: 3, message, details: [] }]);
});

test("createGateway() refuses a query with two fields of a oneof", async () => {
  const [status, body] = await get("kinds.choice_string=a&kinds.choice_uint64=1");
  expect([status, body]).toEqual([
    400,
    {
      code: 3,
      message:
        "Cannot set 'kinds.choice_uint64' from the query: another field of the oneof 'choice' is set already",
      details: [],
    },
  ]);
});

test("createGateway() refuses a query with a timestamp that is none", async () => {
  const [status] = await get("kinds.timestamp=yesterday");
  expect(status).toBe(400);
});

test("createGateway() refuses a body of quotes without end as fast as any other", async () => {
  await using library = await startLibrary({});
  const body = `{"id":1234567890123456,"s":"${'\\"'.repeat(1_500_000)}`;
  const [status] = await answered(fetch(`${library.url}/v1/kinds`, { method: "POST", body }));
  expect(status).toBe(400);
});
