// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ApiId, type Apis, apis } from "./protocol/apis.ts";
import { decode, encode } from "./protocol/codec.ts";
import { Reader } from "./protocol/reader.ts";
import type { Decoded, Encodable, Struct } from "./protocol/schema.ts";
import { Writer } from "./protocol/writer.ts";
import { FrameSplitter } from "./server/frame-splitter.ts";

/** Speaks the protocol with nothing of a Kafka client's own: what is asked is what is sent. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  readonly #answers: ((frame: Buffer | undefined) => void)[] = [];
  #frames: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    const splitter = new FrameSplitter(2 ** 30);
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const answer = this.#answers.shift();
        if (answer) answer(frame);
        else this.#frames.push(frame);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const answer of this.#answers) answer(undefined);
    });
  }

  static async connect(address: { host: string; port: number }): Promise<RawClient> {
    const socket = connect(address);
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** The next frame; undefined when the connection closes first. */
  frame(): Promise<Buffer | undefined> {
    const frame = this.#frames.shift();
    if (frame) return Promise.resolve(frame);
    if (this.socket.destroyed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  /** Sends a frame of these bytes. */
  send(...bytes: Uint8Array[]): void {
    const content = Buffer.concat(bytes);
    const size = Buffer.alloc(4);
    size.writeInt32BE(content.length);
    this.socket.write(Buffer.concat([size, content]));
  }

  /** Sends a request and resolves with what is answered. */
  async call<N extends ApiId>(
    name: N,
    version: number,
    request: Encodable<Apis[N]["request"]>,
  ): Promise<Decoded<Apis[N]["response"]>> {
    this.send(requestFrame(name, version, request));
    const frame = await this.frame();
    if (!frame) throw new Error("The connection was closed");
    const api = apis[name];
    const reader = new Reader(frame);
    reader.int32(); // The correlation id.
    const flexible = version >= api.flexibleSince;
    if (flexible && name !== "apiVersions") reader.varint();
    const response = decode(reader, api.response as Struct, version, flexible);
    if (reader.remaining > 0) {
      throw new Error(
        `Cannot read the answer to ${name} v${version}: ${reader.remaining} bytes are left`,
      );
    }
    return response as Decoded<Apis[N]["response"]>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, "close");
    this.socket.destroy();
    await closed;
  }
}

/** A request with its header, without the frame's size. */
export function requestFrame<N extends ApiId>(
  name: N,
  version: number,
  request: Encodable<Apis[N]["request"]>,
): Buffer {
  const writer = new Writer();
  const flexible = version >= apis[name].flexibleSince;
  writer.int16(apis[name].key);
  writer.int16(version);
  writer.int32(1);
  writer.int16(3);
  writer.bytes(Buffer.from("raw"));
  if (flexible) writer.varint(0);
  encode(writer, apis[name].request as Struct, version, flexible, request as never);
  return Buffer.concat(writer.finish()).subarray(4);
}
