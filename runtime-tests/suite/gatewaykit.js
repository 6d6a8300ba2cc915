// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { createServer } from "node:http";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createGateway, formUpload } from "@labwire/gatewaykit";
import { LibraryService } from "../testdata/labwire/testdata/v1/library_pb.js";
import { test } from "./harness.js";

const transport = createRouterTransport(({ service }) => {
  service(LibraryService, {
    createBook: ({ shelf, book }) => ({ name: `shelves/${shelf}/books/${book.id}`, book }),
    getBook({ name }) {
      throw new ConnectError(`No ${name}`, Code.NotFound);
    },
    async uploadCover(requests) {
      let filename = "";
      let size = 0n;
      for await (const { data } of requests) {
        if (data.case === "header") filename = data.value.filename;
        if (data.case === "chunk") size += BigInt(data.value.length);
      }
      return { filename, size };
    },
  });
});

const gateway = createGateway({
  services: [LibraryService],
  transport,
  uploads: [
    formUpload({
      path: "/v1/covers",
      method: LibraryService.method.uploadCover,
      field: "file",
      maxBytes: 1_000_000,
      header: ({ filename }) => ({ data: { case: "header", value: { filename } } }),
      chunk: (bytes) => ({ data: { case: "chunk", value: bytes } }),
    }),
  ],
});

test("gateway.fetch() answers by the rules of the service", async () => {
  const response = await gateway.fetch(
    new Request("http://gateway/v1/shelves/a/books", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id: "1", title: "T", pages: "9007199254740993" }),
    }),
  );
  deepStrictEqual(
    [response.status, await response.json()],
    [200, { name: "shelves/a/books/1", book: { id: "1", title: "T", pages: "9007199254740993" } }],
  );
});

test("gateway.fetch() answers an RPC's error with its HTTP status", async () => {
  const response = await gateway.fetch(new Request("http://gateway/v1/shelves/a/books/2"));
  const { code, message } = await response.json();
  deepStrictEqual([response.status, code, message], [404, 5, "No shelves/a/books/2"]);
});

test("gateway.fetch() streams a form's file into an RPC", async () => {
  const body = new FormData();
  body.set("file", new Blob([new Uint8Array(200_000)]), "cover.png");
  const response = await gateway.fetch(
    new Request("http://gateway/v1/covers", { method: "POST", body }),
  );
  const { filename, size } = await response.json();
  deepStrictEqual([response.status, filename, size], [200, "cover.png", "200000"]);
});

test("gateway.node() answers on a server of node:http", async () => {
  const server = createServer(gateway.node);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address();
    const body = new FormData();
    body.set("file", new Blob([new Uint8Array(200_000)]), "cover.png");
    const response = await fetch(`http://127.0.0.1:${port}/v1/covers`, { method: "POST", body });
    deepStrictEqual([response.status, (await response.json()).size], [200, "200000"]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
