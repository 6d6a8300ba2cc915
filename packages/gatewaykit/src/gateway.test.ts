// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answered, type Library, startLibrary } from "./library.testing.ts";

let library: Library;

beforeAll(async () => {
  library = await startLibrary({
    healthz: () => ({ status: "ok" }),
    getBook: ({ name }) => {
      if (name.endsWith("/0")) return {};
      if (name.endsWith("/404")) throw new ConnectError("book not found", Code.NotFound);
      return { book: { id: name, title: "Title" } };
    },
    listBooks: ({ shelf, limit, skip }) =>
      limit === 0 ? {} : { books: [{ id: `${shelf}/${limit}/${skip}`, pages: 2n ** 53n + 1n }] },
    createBook: ({ shelf, book, validateOnly }) => ({ name: `${shelf} ${validateOnly}`, book }),
    updateBook: ({ book, allowMissing }) => ({
      book: { id: book?.id ?? "", title: `${book?.title} ${allowMissing}` },
    }),
    deleteBook: () => ({}),
    archiveBook: ({ id, reason }) => ({ id, reason }),
    getFile: ({ path }) => ({ path }),
  });
});

afterAll(() => library[Symbol.asyncDispose]());

type Case = [title: string, path: string, init: RequestInit, status: number, body: unknown];

const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body,
  headers,
});

const book = (id: string, title = "", pages = "0") => ({ id, title, pages });

const cases: Case[] = [
  ["the root path", "/", {}, 200, { status: "ok" }],
  [
    "a variable of several segments, and the response's field",
    "/v1/shelves/a%20b/books/c",
    {},
    200,
    book("shelves/a b/books/c", "Title"),
  ],
  [
    "the response's field as an object when it is unset",
    "/v1/shelves/1/books/0",
    {},
    200,
    book(""),
  ],
  [
    "an error of the RPC",
    "/v1/shelves/1/books/404",
    {},
    404,
    { code: 5, message: "book not found", details: [] },
  ],
  [
    "query parameters, by either name, and ignores those that name no field or one of the path",
    "/v1/shelves/s/books?limit=5&skip=9007199254740993&shelf=other&nothing=1&limit.x=2",
    {},
    200,
    { books: [book("s/5/9007199254740993", "", "9007199254740993")] },
  ],
  ["an additional binding", "/v1/books?limit=1", {}, 200, [book("/1/0", "", "9007199254740993")]],
  ["an empty list", "/v1/books", {}, 200, []],
  [
    "a body that is a field, with query parameters for others",
    "/v1/shelves/s/books?validate_only=true",
    post('{"id":"1","pages":"7","unknown":[{}]}'),
    200,
    { name: "s true", book: book("1", "", "7") },
  ],
  [
    "integers of 64 bits that are written as numbers",
    "/v1/shelves/s/books",
    post('{"title":"\\"12345678901234567","pages":9007199254740993}'),
    200,
    { name: "s false", book: book("", '"12345678901234567', "9007199254740993") },
  ],
  [
    "unset message fields as null",
    "/v1/shelves/s/books?validateOnly=1",
    post(""),
    200,
    { name: "s true", book: null },
  ],
  [
    "a body with path variables over it, without query parameters",
    "/v1/books/2?allow_missing=true",
    { method: "PUT", body: '{"book":{"id":"1","title":"T"}}' },
    200,
    book("2", "T false"),
  ],
  [
    "a path variable in the field that is the body",
    "/v1/books/2?allow_missing=true&book.title=Q",
    { method: "PATCH", body: '{"title":"T"}' },
    200,
    book("2", "T true"),
  ],
  ["an empty response", "/v1/books/1", { method: "DELETE" }, 200, {}],
  [
    "a method without a body whatever body is sent",
    "/v1/books/1",
    { method: "DELETE", body: "not JSON" },
    200,
    {},
  ],
  [
    "a custom verb",
    "/v1/books/1:archive",
    post('{"reason":"old"}'),
    200,
    { id: "1", reason: "old" },
  ],
  ["an empty body", "/v1/books/1:archive", post(""), 200, { id: "1", reason: "" }],
  ["a blank body", "/v1/books/1:archive", post(" \n"), 200, { id: "1", reason: "" }],
  [
    "JSON that is called a form, as curl does",
    "/v1/books/1:archive",
    post('{"reason":"old"}', { "content-type": "application/x-www-form-urlencoded" }),
    200,
    { id: "1", reason: "old" },
  ],
  [
    "JSON that is called anything else, as grpc-gateway does",
    "/v1/books/1:archive",
    post('{"reason":"old"}', { "content-type": "image/png" }),
    200,
    { id: "1", reason: "old" },
  ],
  ["**", "/v1/files/a/b%2Fc/d%20e", {}, 200, { path: "a/b%2Fc/d e" }],
  ["** of no segment", "/v1/files", {}, 200, { path: "" }],
  ["an unknown path", "/v2", {}, 404, { code: 5, message: "Not Found", details: [] }],
  [
    "a path that ends differently",
    "/v1/books/1/",
    {},
    404,
    { code: 5, message: "Not Found", details: [] },
  ],
  [
    "a known path with another method",
    "/v1/books/1",
    { method: "POST" },
    405,
    { code: 12, message: "Method Not Allowed", details: [] },
  ],
  [
    "a malformed escape in the path",
    "/v1/files/%zz",
    {},
    400,
    {
      code: 3,
      message: "Cannot read the path '/v1/files/%zz' as it has a malformed escape",
      details: [],
    },
  ],
  [
    "a query parameter that its field cannot hold",
    "/v1/books?limit=many",
    {},
    400,
    {
      code: 3,
      message: "Cannot set 'limit' from the query: 'many' is not an integer",
      details: [],
    },
  ],
];

test.each(cases)("createGateway() answers %s", async (_title, path, init, status, body) => {
  expect(await answered(fetch(library.url + path, init))).toEqual([status, body]);
});

test.each(cases)("Gateway.fetch() answers %s", async (_title, path, init, status, body) => {
  const request = new Request(`http://gateway${path}`, init);
  expect(await answered(library.gateway.fetch(request))).toEqual([status, body]);
});

describe("createGateway() refuses", () => {
  const json = { "content-type": "application/json" };
  const png = { "content-type": "image/png" };
  test.each<[string, RequestInit, number, number, RegExp]>([
    [
      "malformed JSON",
      post("{", json),
      400,
      3,
      /^Cannot read the request body: .*ArchiveBookRequest/,
    ],
    ["JSON of another type", post("[]", json), 400, 3, /ArchiveBookRequest/],
    ["a field of another type", post('{"reason":1}'), 400, 3, /reason/],
    ["null", post("null"), 400, 3, /ArchiveBookRequest/],
    ["a duplicate key", post('{"reason":"a","reason":"b"}'), 400, 3, /duplicate/],
    ["what is no JSON and does not say so", post("\x89PNG", png), 415, 3, /'image\/png'/],
    ["a compressed body", post("\x1f\x8b", { "content-encoding": "gzip" }), 415, 3, /'gzip'/],
    ["a body over the limit", post(" ".repeat(4 * 1024 * 1024 + 1)), 413, 8, /4194304 bytes/],
  ])("%s", async (_title, init, status, code, message) => {
    const [found, body] = await answered(fetch(`${library.url}/v1/books/1:archive`, init));
    expect([found, body]).toEqual([
      status,
      { code, message: expect.stringMatching(message), details: [] },
    ]);
  });

  test("invalid UTF-8", async () => {
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const init = { method: "POST", body, headers: json };
    const [status] = await answered(fetch(`${library.url}/v1/books/1:archive`, init));
    expect(status).toBe(400);
  });

  test("to read a body that is put where a field goes and breaks out of it", async () => {
    const init = post('{"id":"1"},"shelf":"mine"', json);
    const [status] = await answered(fetch(`${library.url}/v1/shelves/s/books`, init));
    expect(status).toBe(400);
  });
});

test("createGateway() names the allowed methods in 405", async () => {
  const allowed = ["/v1/books/1", "/v1/books/1:archive", "/v1/books", "/v1/kinds"].map(
    async (path) => (await fetch(library.url + path, { method: "OPTIONS" })).headers.get("allow"),
  );
  expect(await Promise.all(allowed)).toEqual([
    "DELETE, PATCH, PUT",
    // The others take the verb for part of the id.
    "DELETE, PATCH, POST, PUT",
    "GET, HEAD",
    "GET, HEAD, POST, REPORT",
  ]);
});

test("createGateway() answers HEAD as GET without a body", async () => {
  const response = await fetch(`${library.url}/`, { method: "HEAD" });
  expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([
    200,
    String('{"status":"ok"}'.length),
    "",
  ]);
  const missing = await fetch(`${library.url}/nowhere`, { method: "HEAD" });
  expect([missing.status, await missing.text()]).toEqual([404, ""]);
});

test("createGateway() takes a body of exactly maxRequestBytes", async () => {
  const body = `{"reason":"${"x".repeat(100)}"}`;
  const path = "/v1/books/1:archive";
  const statuses = [body.length, body.length - 1].map(async (maxRequestBytes) => {
    await using small = await startLibrary({ archiveBook: () => ({}) }, { maxRequestBytes });
    const response = await fetch(small.url + path, post(body));
    return response.status;
  });
  expect(await Promise.all(statuses)).toEqual([200, 413]);
});
