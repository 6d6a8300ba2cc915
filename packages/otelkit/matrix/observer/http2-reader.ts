// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  addBreak,
  type ConnectionReader,
  createExchange,
  type End,
  type Exchange,
  type OnExchange,
} from "./exchange.ts";
import { createHpackDecoder } from "./hpack.ts";

// https://www.rfc-editor.org/rfc/rfc9113: the preface, frame types and flags.
const prefaceBytes = 24;
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const CONTINUATION = 9;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const PADDED = 0x8;
const PRIORITY = 0x20;

interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

/** Reads the frames of an HTTP/2 connection without TLS. */
export function readHttp2(onExchange: OnExchange): ConnectionReader {
  const exchanges = new Map<number, Exchange>();
  const decoders = { client: createHpackDecoder(), server: createHpackDecoder() };
  const rest = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  let isPrefaceRead = false;
  /** A header block under way: its frames come one after the other. */
  let block: Buffer[] = [];
  let endsWithBlock = false;

  function exchangeOf(stream: number): Exchange {
    let exchange = exchanges.get(stream);
    if (exchange === undefined) {
      exchange = createExchange("2");
      exchanges.set(stream, exchange);
      onExchange(exchange);
    }
    return exchange;
  }

  function onFrame(from: End, { type, flags, stream, payload }: Frame): void {
    if (type === HEADERS || type === CONTINUATION) {
      block.push(type === HEADERS ? withoutPadding(flags, payload) : payload);
      if (type === HEADERS) endsWithBlock = (flags & END_STREAM) !== 0;
      if ((flags & END_HEADERS) === 0) return;
      const fields = decoders[from].decode(Buffer.concat(block));
      block = [];
      const half = exchangeOf(stream)[from === "client" ? "request" : "response"];
      if (half.head === undefined || half.head.get(":status")?.startsWith("1")) half.head = fields;
      else half.trailers = fields;
      if (endsWithBlock) half.isComplete = true;
    } else if (type === DATA) {
      const half = exchangeOf(stream)[from === "client" ? "request" : "response"];
      half.body = Buffer.concat([half.body, withoutPadding(flags, payload)]);
      if (flags & END_STREAM) half.isComplete = true;
    } else if (type === RST_STREAM) {
      addBreak(exchangeOf(stream), from, payload.readUInt32BE(0));
    }
  }

  return {
    read(from, bytes) {
      let buffer = Buffer.concat([rest[from], bytes]);
      if (from === "client" && !isPrefaceRead && buffer.length >= prefaceBytes) {
        isPrefaceRead = true;
        buffer = buffer.subarray(prefaceBytes);
      }
      while (isPrefaceRead || from === "server") {
        if (buffer.length < 9) break;
        const length = buffer.readUIntBE(0, 3);
        if (buffer.length < 9 + length) break;
        onFrame(from, {
          type: buffer.readUInt8(3),
          flags: buffer.readUInt8(4),
          stream: buffer.readUInt32BE(5) & 0x7fffffff,
          payload: buffer.subarray(9, 9 + length),
        });
        buffer = buffer.subarray(9 + length);
      }
      rest[from] = buffer;
    },
    ended(by) {
      for (const exchange of exchanges.values()) {
        const isOver = exchange.request.isComplete && exchange.response.isComplete;
        if (!isOver && exchange.breaks.length === 0) addBreak(exchange, by, undefined);
      }
    },
  };
}

function withoutPadding(flags: number, payload: Buffer): Buffer {
  const padding = flags & PADDED ? payload.readUInt8(0) : 0;
  const start = (flags & PADDED ? 1 : 0) + (flags & PRIORITY ? 5 : 0);
  return payload.subarray(start, payload.length - padding);
}
