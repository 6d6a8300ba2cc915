// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  addBreak,
  type ConnectionReader,
  createExchange,
  type End,
  type Exchange,
  type Half,
  type OnExchange,
} from "./exchange.ts";
import type { Fields } from "./hpack.ts";

type State =
  | { at: "head" }
  | { at: "chunk head" }
  | { at: "trailers" }
  | { at: "body"; left: number; isChunk: boolean };

interface Side {
  /** What is not yet read. */
  rest: Buffer;
  state: State;
  /** Which exchange of the connection is under way. */
  index: number;
}

function startSide(): Side {
  return { rest: Buffer.alloc(0), state: { at: "head" }, index: 0 };
}

/** Reads an HTTP/1.1 connection, https://www.rfc-editor.org/rfc/rfc9112. */
export function readHttp1(onExchange: OnExchange): ConnectionReader {
  const exchanges: Exchange[] = [];
  const sides = {
    client: startSide(),
    server: startSide(),
  };

  function halfOf(from: End): Half {
    const { index } = sides[from];
    let exchange = exchanges[index];
    // A server's answer to what it cannot read as a request belongs to none.
    if (exchange === undefined && from === "server") return createExchange("1.1").response;
    if (exchange === undefined) {
      exchange = createExchange("1.1");
      exchanges.push(exchange);
      onExchange(exchange);
    }
    return exchange[from === "client" ? "request" : "response"];
  }

  function complete(from: End): State {
    halfOf(from).isComplete = true;
    sides[from].index++;
    return { at: "head" };
  }

  /** Takes one piece off the front, or returns undefined when it is not whole yet. */
  function step(from: End, bytes: Buffer, state: State): [State, Buffer] | undefined {
    if (state.at === "body") {
      if (bytes.length === 0) return undefined;
      const part = bytes.subarray(0, state.left);
      const half = halfOf(from);
      half.body = Buffer.concat([half.body, part]);
      const left = state.left - part.length;
      const after = bytes.subarray(part.length);
      if (left > 0) return [{ ...state, left }, after];
      return state.isChunk ? [{ at: "chunk head" }, after] : [complete(from), after];
    }
    const isBlock = state.at !== "chunk head";
    // Trailers may be none: then the line that ends them is the first.
    const isEmpty = state.at === "trailers" && bytes.subarray(0, 2).toString() === "\r\n";
    const mark = isBlock && !isEmpty ? "\r\n\r\n" : "\r\n";
    const end = bytes.indexOf(mark);
    if (end < 0) return undefined;
    const text = bytes.subarray(0, end).toString("latin1");
    const after = bytes.subarray(end + mark.length);
    if (state.at === "trailers") {
      halfOf(from).trailers = parseFields(text);
      return [complete(from), after];
    }
    if (state.at === "chunk head") {
      // The end of the chunk before it.
      if (text === "") return [state, after];
      const left = Number.parseInt(text, 16);
      return [left === 0 ? { at: "trailers" } : { at: "body", left, isChunk: true }, after];
    }
    const half = halfOf(from);
    half.head = parseHead(text);
    if (half.head.get(":status")?.startsWith("1")) return [state, after];
    if (half.head.get("transfer-encoding") === "chunked") return [{ at: "chunk head" }, after];
    const length = half.head.get("content-length");
    if (length !== undefined && Number(length) > 0) {
      return [{ at: "body", left: Number(length), isChunk: false }, after];
    }
    if (from === "server" && length === undefined && half.head.get(":status") !== "204") {
      return [{ at: "body", left: Number.POSITIVE_INFINITY, isChunk: false }, after];
    }
    return [complete(from), after];
  }

  return {
    read(from, bytes) {
      const side = sides[from];
      side.rest = Buffer.concat([side.rest, bytes]);
      for (;;) {
        const next = step(from, side.rest, side.state);
        if (next === undefined) return;
        [side.state, side.rest] = next;
      }
    },
    ended(by) {
      const { state } = sides.server;
      // A response of no stated length ends with the connection.
      if (by === "server" && state.at === "body" && state.left === Number.POSITIVE_INFINITY) {
        sides.server.state = complete("server");
      }
      for (const exchange of exchanges) {
        const isOver = exchange.request.isComplete && exchange.response.isComplete;
        if (!isOver && exchange.breaks.length === 0) addBreak(exchange, by, undefined);
      }
    },
  };
}

/** The first line becomes the pseudo fields of HTTP/2. */
function parseHead(text: string): Fields {
  const end = text.indexOf("\r\n");
  const first = (end < 0 ? text : text.slice(0, end)).split(" ");
  const fields = new Map(parseFields(end < 0 ? "" : text.slice(end + 2)));
  if (first[0]?.startsWith("HTTP/")) fields.set(":status", first[1] ?? "");
  else fields.set(":method", first[0] ?? "").set(":path", first[1] ?? "");
  return fields;
}

function parseFields(text: string): Fields {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return fields;
}
