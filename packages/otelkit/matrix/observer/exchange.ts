// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Fields } from "./hpack.ts";

/** Which end of a connection did something. */
export type End = "client" | "server";

/** What went one way in an exchange. Its parts are replaced when more comes, and not changed. */
export interface Half {
  /** Header fields; with `:path`, `:method` and `:status` as HTTP/2 writes them. */
  head: Fields | undefined;
  body: Buffer;
  trailers: Fields | undefined;
  /** Whether its end came by: a reset or a cut leaves it incomplete. */
  isComplete: boolean;
}

/** How an exchange was broken. */
export interface Break {
  /** `network` when the proxy itself cut the connection. */
  by: End | "network";
  /** Code of RST_STREAM. Undefined when the connection went away. */
  resetCode: number | undefined;
  /** What had passed of the response. When that was all of it, nothing was broken. */
  responseUntilThen: Half;
}

/** One HTTP request and its response, as they went over the wire. */
export interface Exchange {
  readonly version: "1.1" | "2";
  readonly request: Half;
  readonly response: Half;
  /** In the order in which they passed. */
  readonly breaks: Break[];
}

export function createExchange(version: Exchange["version"]): Exchange {
  return { version, request: createHalf(), response: createHalf(), breaks: [] };
}

function createHalf(): Half {
  return { head: undefined, body: Buffer.alloc(0), trailers: undefined, isComplete: false };
}

export function addBreak(exchange: Exchange, by: Break["by"], resetCode: number | undefined): void {
  exchange.breaks.push({ by, resetCode, responseUntilThen: { ...exchange.response } });
}

/** Reads the bytes of one connection as they pass, and tells of each exchange as it begins. */
export interface ConnectionReader {
  read(from: End, bytes: Buffer): void;
  /** The connection ended: what is under way is broken. Comes more than once. */
  ended(by: Break["by"]): void;
}

export type OnExchange = (exchange: Exchange) => void;
