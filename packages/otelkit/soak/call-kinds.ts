// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import type { EchoService } from "@labwire/testdata/echo";

/** What a call of the soak is made with. */
export interface SoakLink {
  readonly client: Client<typeof EchoService>;
  /** Which version of HTTP its client speaks. */
  readonly isHttp2: boolean;
  /** Where the HTTP/1.1 server is, for calls that no client makes. */
  readonly host: string;
  readonly port: number;
}

/** One kind of call. */
export interface CallKind {
  /** Whether a client makes it, and over which connections. Others send bytes of their own. */
  readonly by: "any client" | "HTTP/2 clients" | "hand";
  /** Resolves when the caller has seen the call's end, and rejects when that is wrong. */
  call(link: SoakLink): Promise<void>;
}

const path = "/labwire.testdata.v1.EchoService/Unary";
const large = "x".repeat(200_000);

async function expectCode(code: Code, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason) => ConnectError.from(reason),
  );
  if (error?.code !== code) throw new Error(`Expected ${Code[code]}, got ${error}`);
}

async function* requests(count: number) {
  for (let n = 0; n < count; n++) yield { text: `${n}` };
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

function post(link: SoakLink, url: string, contentType: string, body: string) {
  return fetch(`http://${link.host}:${link.port}${url}`, {
    method: "POST",
    headers: { "content-type": contentType, "connect-protocol-version": "1" },
    body,
  }).then((response) => response.arrayBuffer());
}

type ClientCall = (link: SoakLink) => Promise<unknown>;

const byAnyClient: Record<string, ClientCall> = {
  ok: ({ client }) => client.unary({ text: "hello" }),
  idempotent: ({ client }) => client.unaryIdempotent({ text: "hello" }),
  notFound: ({ client }) => expectCode(Code.NotFound, client.unary({ text: "not found" })),
  plainError: ({ client }) => expectCode(Code.Internal, client.unary({ text: "error" })),
  clientStream: ({ client }) => client.clientStream(requests(5)),
  serverStream: ({ client }) => readAll(client.serverStream({ text: "a", count: 10 })),
  serverLeavesEarly: ({ client }) => client.clientStream(requests(3)),
  midStreamError: ({ client }) =>
    expectCode(Code.Aborted, readAll(client.serverStream({ text: "break", count: 3 }))),
  responseTooLarge: ({ client }) =>
    expectCode(Code.ResourceExhausted, client.unary({ text: "large" })),
  async canceled({ client }) {
    const controller = new AbortController();
    const stream = client.serverStream({ text: "wait", count: 2 }, { signal: controller.signal });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    controller.abort();
    await expectCode(Code.Canceled, iterator.next());
  },
  deadline: ({ client }) =>
    expectCode(
      Code.DeadlineExceeded,
      readAll(client.serverStream({ text: "wait", count: 2 }, { timeoutMs: 20 })),
    ),
};

// Over HTTP/1.1 both sides cannot talk at once, and a body that is not read to its end, on either
// side, holds up the connection's next call.
const byHttp2Clients: Record<string, ClientCall> = {
  bidiStream: ({ client }) => readAll(client.bidiStream(requests(5))),
  tooLarge: ({ client }) => expectCode(Code.ResourceExhausted, client.unary({ text: large })),
  async abandoned({ client }) {
    for await (const _ of client.serverStream({ text: "a", count: 3 })) break;
  },
};

const byHand: Record<string, ClientCall> = {
  undecodable: (link) => post(link, path, "application/json", "{"),
  wrongContentType: (link) => post(link, path, "text/plain", "a"),
  unknownPath: (link) => post(link, `/nobody/${Math.random()}`, "application/json", "{}"),
  async cut({ host, port }) {
    const socket: Socket = connect(port, host);
    await once(socket, "connect");
    const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: 100\r\n\r\n{`);
    // So that the server has begun with it.
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
  },
};

/** Every kind of call and of fault, by name. The handlers do what the text of a request says. */
export const callKinds: ReadonlyMap<string, CallKind> = new Map([
  ...kinds("any client", byAnyClient),
  ...kinds("HTTP/2 clients", byHttp2Clients),
  ...kinds("hand", byHand),
]);

function kinds(by: CallKind["by"], calls: Record<string, ClientCall>): [string, CallKind][] {
  return Object.entries(calls).map(([name, call]) => [
    name,
    { by, call: (link) => call(link).then(() => undefined) },
  ]);
}
