// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Kind, streamsResponses } from "../kinds.ts";
import type { Outcome } from "../outcome.ts";
import { envelope } from "../raw-request.ts";
import type { RawAnswer } from "../raw-server.ts";
import type { Wire } from "../wires.ts";
import { message, needsEnvelopes, undecodable } from "./shared.ts";

/** Answers of servers that are broken, or of what stands before them. Only clients are measured. */
export const strangeAnswers: readonly Outcome[] = [
  {
    name: "proxy answers HTTP 503",
    wire: "HTTP 503",
    answer: () => html(503),
  },
  {
    name: "proxy answers HTTP 200",
    wire: ({ protocol }, kind) => {
      if (protocol !== "connect") return "missing grpc-status";
      return kind === "unary" ? "ok" : "missing end of stream";
    },
    answer: () => html(200),
  },
  {
    name: "response message is missing",
    wire: "ok",
    missing: (wire, kind) =>
      needsOneResponse(wire, kind) ??
      needsEnvelopes("an empty body is an empty message")(wire, kind),
    answer: answerOf({ messages: [] }),
  },
  {
    name: "response has a message too many",
    wire: "ok",
    missing: (wire, kind) =>
      needsOneResponse(wire, kind) ?? needsEnvelopes("all of the body is one message")(wire, kind),
    answer: answerOf({ messages: [message, message] }),
  },
  {
    name: "response cannot be decoded",
    wire: "ok",
    answer: answerOf({ messages: [undecodable] }),
  },
  {
    name: "response has no status",
    wire: ({ protocol }) =>
      protocol === "connect" ? "missing end of stream" : "missing grpc-status",
    missing: needsEnvelopes("the HTTP status is the status"),
    answer: answerOf({ messages: [message], hasEnd: false }),
  },
  {
    name: "response ends within a message",
    wire: ({ protocol }) =>
      protocol === "connect" ? "missing end of stream" : "missing grpc-status",
    missing: needsEnvelopes("the body has no length of its own"),
    answer: answerOf({ messages: [message], hasEnd: false, cutOff: 2 }),
  },
  {
    name: "compression of the response is unknown",
    wire: "ok",
    answer: answerOf({ messages: [message], encoding: "snappy" }),
  },
];

interface Answer {
  messages: readonly Uint8Array[];
  /** Whether the status is there that ends a stream. Default true. */
  hasEnd?: boolean;
  /** So many bytes are left out at the end. */
  cutOff?: number;
  encoding?: string;
}

/** A response of bytes, each protocol in its own way. */
function answerOf({ messages, hasEnd = true, cutOff = 0, encoding }: Answer) {
  return function answer({ protocol }: Wire, kind: Kind): RawAnswer {
    const headers: Record<string, string> = {};
    if (protocol === "connect" && kind === "unary") {
      headers["content-type"] = "application/proto";
      if (encoding !== undefined) headers["content-encoding"] = encoding;
      return { status: 200, headers, body: Buffer.concat(messages) };
    }
    const isConnect = protocol === "connect";
    headers["content-type"] = `application/${isConnect ? "connect" : protocol}+proto`;
    if (encoding !== undefined) {
      headers[isConnect ? "connect-content-encoding" : "grpc-encoding"] = encoding;
    }
    const parts = messages.map((data) => envelope(data));
    if (hasEnd && isConnect) parts.push(envelope(Buffer.from("{}"), 0x02));
    if (hasEnd && protocol === "grpc-web") {
      parts.push(envelope(Buffer.from("grpc-status: 0\r\n"), 0x80));
    }
    const whole = Buffer.concat(parts);
    const body = whole.subarray(0, whole.length - cutOff);
    const trailers = hasEnd && protocol === "grpc" ? { "grpc-status": "0" } : undefined;
    return { status: 200, headers, body, ...(trailers && { trailers }) };
  };
}

function html(status: number): RawAnswer {
  return { status, headers: { "content-type": "text/html" }, body: Buffer.from("<p>hello</p>") };
}

function needsOneResponse(_wire: Wire, kind: Kind): string | undefined {
  return streamsResponses(kind) ? "streams may have any number of responses" : undefined;
}
