// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { json } from "node:stream/consumers";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { coverUpload, createCoverSink } from "./cover.testing.ts";
import { answered, startLibrary } from "./library.testing.ts";

async function startCovers(options: { maxBytes?: number; maxRequestBytes?: number } = {}) {
  const { maxBytes, ...rest } = options;
  const sink = createCoverSink();
  const uploads = [coverUpload(maxBytes === undefined ? {} : { maxBytes })];
  const library = await startLibrary({ uploadCover: sink.uploadCover }, { uploads, ...rest });
  return { ...library, sink, [Symbol.asyncDispose]: () => library[Symbol.asyncDispose]() };
}

const boundary = "----boundary";
const multipart = { "content-type": `multipart/form-data; boundary=${boundary}` };

/** A part of a form, without the boundary that follows it. */
function part(disposition: string, content: string, contentType?: string): string {
  const type = contentType === undefined ? "" : `content-type: ${contentType}\r\n`;
  return `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${type}\r\n${content}\r\n`;
}

const filePart = part('name="file"; filename="a.txt"', "hello", "text/plain");
const end = `--${boundary}--\r\n`;

function post(url: string, body: string, headers: Record<string, string> = multipart) {
  return answered(fetch(`${url}/v1/covers`, { method: "POST", body, headers }));
}

const hash = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

const hello = { filename: "a.txt", contentType: "text/plain", size: "5", sha256: hash("hello") };

/** Starts a request over a connection of its own. Its body is chunked, and ends when it says so. */
async function begin(port: number, body: string | Uint8Array): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    "POST /v1/covers HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n" +
      `content-type: ${multipart["content-type"]}\r\n\r\n`,
  );
  await writeChunk(socket, body);
  return socket;
}

async function writeChunk(socket: Socket, body: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(body);
  socket.write(`${bytes.byteLength.toString(16)}\r\n`);
  socket.write(bytes);
  if (!socket.write("\r\n")) await once(socket, "drain");
}

test("formUpload() streams a file of several chunks", async () => {
  await using covers = await startCovers();
  const bytes = randomBytes(300_000);
  const form = new FormData();
  form.set("file", new Blob([bytes], { type: "image/png" }), "größe 猫.png");
  const answer = answered(fetch(`${covers.url}/v1/covers`, { method: "POST", body: form }));
  expect(await answer).toEqual([
    200,
    { filename: "größe 猫.png", contentType: "image/png", size: "300000", sha256: hash(bytes) },
  ]);
});

test("formUpload() answers through Gateway.fetch() and over HTTP/2", async () => {
  await using covers = await startCovers();
  const init = { method: "POST", body: filePart + end, headers: multipart };
  const request = new Request("http://gateway/v1/covers", init);
  expect(await answered(covers.gateway.fetch(request))).toEqual([200, hello]);

  const session = connectHttp2(covers.http2Url);
  const stream = session.request({ ":method": "POST", ":path": "/v1/covers", ...multipart });
  stream.end(filePart + end);
  expect(await json(stream)).toEqual(hello);
  session.close();
});

test.each<[title: string, form: string, answer: object]>([
  [
    "an empty file",
    part('name="file"; filename="e"', "") + end,
    { filename: "e", size: "0", sha256: hash("") },
  ],
  [
    "other fields and files around it",
    part('name="a"', "1") +
      part('name="b"; filename="b"', "2") +
      filePart +
      part('name="file"', "text") +
      end,
    hello,
  ],
  [
    "a file name with a folder",
    part('name="file"; filename="../x\\\\y/z.txt"', "hello") + end,
    { filename: "z.txt" },
  ],
  [
    "an extended file name",
    part("name=\"file\"; filename*=UTF-8''%e2%82%ac.txt", "hello") + end,
    { filename: "€.txt" },
  ],
  ["what comes before and after the form", `preamble\r\n${filePart}${end}epilogue`, hello],
])("formUpload() takes a form with %s", async (_title, form, answer) => {
  await using covers = await startCovers();
  const [status, body] = await post(covers.url, form);
  expect([status, body]).toEqual([200, expect.objectContaining(answer)]);
});

const noFile = "Cannot upload as the form has no file in the field 'file'";
const noForm =
  "Cannot upload as there is no form: send 'multipart/form-data' with a file in the field 'file', current content type is";

test.each<[title: string, body: string, headers: Record<string, string>, message: string]>([
  ["no content type", "", { "content-type": "" }, `${noForm} ''`],
  ["JSON", "{}", { "content-type": "application/json" }, `${noForm} 'application/json'`],
  [
    "a form of another kind",
    "file=x",
    { "content-type": "application/x-www-form-urlencoded" },
    `${noForm} 'application/x-www-form-urlencoded'`,
  ],
  [
    "no boundary",
    end,
    { "content-type": "multipart/form-data" },
    `${noForm} 'multipart/form-data'`,
  ],
  ["a form without parts", end, multipart, noFile],
  ["a field that holds no file", part('name="file"', "text") + end, multipart, noFile],
  ["a file in another field", part('name="other"; filename="a"', "x") + end, multipart, noFile],
  [
    "a file input left empty",
    part('name="file"; filename=""', "", "application/octet-stream") + end,
    multipart,
    noFile,
  ],
  ["an empty body", "", multipart, "Cannot read the form: Unexpected end of form"],
  [
    "a form cut off before its file",
    `--${boundary}\r\n`,
    multipart,
    "Cannot read the form: Unexpected end of form",
  ],
  [
    "a form cut off in another file",
    part('name="b"; filename="b"', "x"),
    multipart,
    "Cannot read the form: Unexpected end of form",
  ],
])("formUpload() refuses %s and makes no call", async (_title, body, headers, message) => {
  const called = Promise.withResolvers<never>();
  await using library = await startLibrary(
    { uploadCover: async () => called.reject(new Error("called")) as never },
    { uploads: [coverUpload()] },
  );
  const answer = post(library.url, body, headers);
  expect(await Promise.race([answer, called.promise])).toEqual([
    400,
    { code: 3, message, details: [] },
  ]);
});

test.each<[title: string, form: string]>([
  ["without its final boundary", filePart],
  ["cut off in the file", filePart.slice(0, -4)],
  ["cut off in the final boundary", filePart + end.slice(0, -4)],
  ["cut off in a part after the file", `${filePart}--${boundary}\r\ncontent-disp`],
  ["with a malformed part after the file", `${filePart}--${boundary}\r\n\x00\r\n\r\n\r\n${end}`],
])("formUpload() breaks the call off when the form is %s", async (_title, form) => {
  await using covers = await startCovers();
  const [[status], ended] = await Promise.all([post(covers.url, form), covers.sink.ended]);
  expect([status, ended]).toEqual([400, "broken"]);
});

test("formUpload() refuses a second file in the field", async () => {
  await using covers = await startCovers();
  const answer = post(covers.url, filePart + filePart + end);
  expect([await answer, await covers.sink.ended]).toEqual([
    [
      400,
      {
        code: 3,
        message: "Cannot read the form: there are two files in the field 'file'",
        details: [],
      },
    ],
    "broken",
  ]);
});

test("formUpload() takes a file of exactly maxBytes, and answers 413 to a larger one", async () => {
  const answers = [5, 4].map(async (maxBytes) => {
    await using covers = await startCovers({ maxBytes });
    return [await post(covers.url, filePart + end), await covers.sink.ended];
  });
  expect(await Promise.all(answers)).toEqual([
    [[200, hello], "whole"],
    [
      [
        413,
        { code: 8, message: "Cannot upload 'a.txt' as it is larger than 4 bytes", details: [] },
      ],
      "broken",
    ],
  ]);
});

test("formUpload() answers 413 to a form with too much beside the file", async () => {
  await using covers = await startCovers({ maxBytes: 10, maxRequestBytes: 1000 });
  const form = filePart + part('name="x"', "x".repeat(2000)) + end;
  const message = "Cannot read the request body as it is larger than 1010 bytes";
  const body = { code: 8, message, details: [] };
  expect(await post(covers.url, form)).toEqual([413, body]);

  // Without a length, it is known only when the file is through.
  const socket = await begin(covers.port, filePart);
  await covers.sink.started;
  await writeChunk(socket, form.slice(filePart.length));
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toContain(JSON.stringify(body));
  expect(await covers.sink.ended).toBe("broken");
  socket.destroy();
});

test("formUpload() answers 413 while the client is still sending", async () => {
  await using covers = await startCovers({ maxBytes: 100_000 });
  const start = filePart.slice(0, filePart.indexOf("hello"));
  const socket = await begin(covers.port, start + "x".repeat(100_001));
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close/i);
  expect(await covers.sink.ended).toBe("broken");
  for (let sent = 0; sent < 10 << 20; sent += 1 << 16) {
    await writeChunk(socket, Buffer.alloc(1 << 16));
  }
  socket.write("0\r\n\r\n");
  await once(socket, "end");
});

test("formUpload() answers the error of the call while the client is still sending", async () => {
  await using library = await startLibrary(
    {
      async uploadCover(messages) {
        for await (const { data } of messages) {
          if (data.case === "chunk") throw new ConnectError("no room", Code.ResourceExhausted);
        }
        return {};
      },
    },
    { uploads: [coverUpload()] },
  );
  const start = filePart.slice(0, filePart.indexOf("hello"));
  const socket = await begin(library.port, start + "x".repeat(200_000));
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(
    /^HTTP\/1.1 429 [\s\S]*\{"code":8,"message":"no room","details":\[\]\}$/,
  );
  socket.destroy();
});

test("formUpload() leaves no stream open when its client goes away", async () => {
  await using covers = await startCovers();
  const socket = await begin(covers.port, filePart.slice(0, -4));
  await covers.sink.started;
  socket.destroy();
  expect(await covers.sink.ended).toBe("broken");
  await vi.waitUntil(() => covers.openStreams.size === 0, { interval: 5 });
});

test.each(["connection", "HTTP/2 stream", "fetch"])(
  "formUpload() breaks the call off when its client goes away (%s)",
  async (kind) => {
    await using covers = await startCovers();
    const start = filePart.slice(0, -4);
    switch (kind) {
      case "connection": {
        const socket = await begin(covers.port, start);
        await covers.sink.started;
        socket.destroy();
        break;
      }
      case "HTTP/2 stream": {
        const session = connectHttp2(covers.http2Url);
        const stream = session.request({ ":method": "POST", ":path": "/v1/covers", ...multipart });
        stream.write(start);
        await covers.sink.started;
        stream.close(8);
        await once(stream, "close");
        session.close();
        break;
      }
      case "fetch": {
        const gone = new AbortController();
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
        });
        const init = { method: "POST", headers: multipart, signal: gone.signal, duplex: "half" };
        const request = new Request("http://gateway/v1/covers", { ...init, body } as RequestInit);
        const answer = covers.gateway.fetch(request);
        await covers.sink.started;
        gone.abort();
        expect((await answer).status).toBe(499);
      }
    }
    expect(await covers.sink.ended).toBe("broken");
  },
);

test("formUpload() breaks the call off after Grpc-Timeout", async () => {
  await using covers = await startCovers();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(filePart)),
  });
  const headers = { ...multipart, "grpc-timeout": "50m" };
  const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
  const answer = answered(covers.gateway.fetch(new Request("http://gateway/v1/covers", init)));
  expect([await answer, await covers.sink.ended]).toEqual([
    [504, { code: 4, message: "The operation timed out", details: [] }],
    "broken",
  ]);
});

test("formUpload() does not read on when the server does not", async () => {
  const release = Promise.withResolvers<void>();
  const sink = createCoverSink();
  await using library = await startLibrary(
    {
      async uploadCover(messages, context) {
        await release.promise;
        return sink.uploadCover(messages, context);
      },
    },
    { uploads: [coverUpload({ maxBytes: 1 << 30 })] },
  );
  let pulled = 0;
  const idle = Promise.withResolvers<void>();
  let timer: NodeJS.Immediate | undefined;
  const total = 16 << 20;
  const start = new TextEncoder().encode(filePart.slice(0, filePart.indexOf("hello")));
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (pulled === 0) controller.enqueue(start);
        if (pulled < total) controller.enqueue(new Uint8Array(1 << 16));
        else {
          controller.enqueue(new TextEncoder().encode(`\r\n${end}`));
          controller.close();
        }
        pulled += 1 << 16;
        clearImmediate(timer);
        // A thousand turns of the loop without a read: it stands still.
        const wait = (turns: number): void => {
          timer = setImmediate(() => (turns === 0 ? idle.resolve() : wait(turns - 1)));
        };
        wait(1000);
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", headers: multipart, body, duplex: "half" } as RequestInit;
  const answer = answered(library.gateway.fetch(new Request("http://gateway/v1/covers", init)));
  await idle.promise;
  expect(pulled).toBeLessThan(4 << 20);
  release.resolve();
  const [status, { size }] = (await answer) as [number, { size: string }];
  expect([status, size]).toEqual([200, String(total)]);
});
