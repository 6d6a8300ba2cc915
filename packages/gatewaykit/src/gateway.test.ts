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
      if (!name.endsWith("1")) throw new ConnectError("book not found", Code.NotFound);
      return { book: { id: name, title: "One" } };
    },
    listBooks: ({ shelf, limit, skip }) => ({
      books: [{ id: `${shelf}/${limit}/${skip}`, pages: 2n ** 53n + 1n }],
    }),
    createBook: ({ shelf, book, validateOnly }) => ({ name: `${shelf} ${validateOnly}`, book }),
    updateBook: ({ book }) => ({ book }),
    deleteBook: () => ({}),
    archiveBook: (request) => request,
    getFile: ({ path }) => ({ path }),
    echoKinds: ({ kinds }) => ({ kinds }),
  });
});

afterAll(() => library[Symbol.asyncDispose]());

describe("createGateway() answers", () => {
  const cases: [title: string, path: string, init: RequestInit, status: number, body: unknown][] = [
    ["the root path", "/", {}, 200, { status: "ok" }],
    [
      "a path with a variable of several segments, and the response's field",
      "/v1/shelves/a%20b/books/1",
      {},
      200,
      { id: "shelves/a b/books/1", title: "One", pages: "0" },
    ],
    [
      "an RPC's error",
      "/v1/shelves/1/books/2",
      {},
      404,
      { code: 5, message: "book not found", details: [] },
    ],
  ];

  test.each(cases)("%s", async (_title, path, init, status, body) => {
    expect(await answered(fetch(library.url + path, init))).toEqual([status, body]);
  });
});
