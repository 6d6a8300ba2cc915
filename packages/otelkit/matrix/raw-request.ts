// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect } from "node:net";
import type { Exchange } from "./observer/exchange.ts";
import { inTime } from "./patience.ts";

/** A request that no client of connect-node would send. */
export interface RawRequest {
  method?: string;
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Given up without an end of the request once this resolves. */
  abortAfter?: Promise<unknown>;
  /** Asked for the end of the exchange: the bytes that come back are not looked at. */
  isOver: () => Promise<unknown>;
}

/** Sends the bytes, and waits for the end of the response. What it is, the proxy sees. */
export async function sendRaw(
  version: Exchange["version"],
  port: number,
  request: RawRequest,
): Promise<void> {
  await inTime("a raw response", (version === "2" ? sendHttp2 : sendHttp1)(port, request));
}

/**
 * Frame by frame, https://www.rfc-editor.org/rfc/rfc9113: node:http2 would end the request before
 * it resets it.
 */
async function sendHttp2(port: number, request: RawRequest): Promise<void> {
  const { method = "POST", path, headers, body, abortAfter, isOver } = request;
  const fields = {
    ":method": method,
    ":scheme": "http",
    ":authority": `127.0.0.1:${port}`,
    ":path": path,
    ...headers,
  };
  const socket = connect({ port, host: "127.0.0.1" });
  const endStream = abortAfter === undefined ? 1 : 0;
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(frameTypes.settings, 0, 0, new Uint8Array()));
  socket.write(frame(frameTypes.headers, 4, 1, encodeFields(fields)));
  socket.write(frame(frameTypes.data, endStream, 1, body));
  socket.resume();
  if (abortAfter !== undefined) {
    await abortAfter;
    socket.write(frame(frameTypes.reset, 0, 1, new Uint8Array([0, 0, 0, 8])));
  }
  await isOver();
  socket.destroy();
  await once(socket, "close");
}

const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4 };

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** Each as a literal that is not indexed, which needs no table. None may have 127 bytes or more. */
function encodeFields(fields: Record<string, string>): Uint8Array {
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    Uint8Array.of(0),
    ...[name, value].flatMap((text) => [Uint8Array.of(text.length), Buffer.from(text)]),
  ]);
  return Buffer.concat(parts);
}

async function sendHttp1(port: number, request: RawRequest): Promise<void> {
  const { method = "POST", path, headers, body, abortAfter, isOver } = request;
  const socket = connect({ port, host: "127.0.0.1" });
  const closed = once(socket, "close");
  const length = abortAfter === undefined ? body.length : body.length + 1;
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    "content-length": String(length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  socket.write(body);
  socket.resume();
  await (abortAfter ?? isOver());
  socket.destroy();
  await closed;
}

/** An envelope of gRPC, gRPC-Web and Connect's streams. */
export function envelope(data: Uint8Array, flags = 0): Uint8Array {
  const bytes = new Uint8Array(5 + data.length);
  bytes[0] = flags;
  new DataView(bytes.buffer).setUint32(1, data.length);
  bytes.set(data, 5);
  return bytes;
}
