// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Kind, methodNames } from "../kinds.ts";
import { becomes } from "../patience.ts";
import { envelope } from "../raw-request.ts";
import type { Scene } from "../scene.ts";
import type { Wire } from "../wires.ts";

interface RawCall {
  method?: string;
  /** Default one message that is empty. */
  messages?: readonly Uint8Array[];
  /** So many bytes are left out at the end. */
  cutOff?: number;
  /** Whether it is given up then, instead of ended. */
  isAborted?: boolean;
}

/** Makes a call of bytes, each protocol in its own way. */
export function rawCall(options: RawCall) {
  const { method = "POST", messages = [new Uint8Array()], cutOff = 0, isAborted = false } = options;
  return async function makeRawCall({ raw, wire, kind, proxy }: Scene): Promise<void> {
    const hasEnvelopes = wire.protocol !== "connect" || kind !== "unary";
    const parts = hasEnvelopes ? messages.map((message) => envelope(message)) : messages;
    const whole = Buffer.concat(parts);
    const body = whole.subarray(0, whole.length - cutOff);
    const hasPassed = () => proxy.exchanges[0]?.request.body.length === body.length;
    await raw({
      method,
      path: `/${methodNames[kind]}`,
      headers: headersOf(wire, kind),
      body,
      ...(isAborted ? { abortAfter: becomes(hasPassed) } : {}),
    });
  };
}

function headersOf({ protocol }: Wire, kind: Kind): Record<string, string> {
  if (protocol === "grpc") return { "content-type": "application/grpc+proto", te: "trailers" };
  if (protocol === "grpc-web") return { "content-type": "application/grpc-web+proto" };
  return { "content-type": kind === "unary" ? "application/proto" : "application/connect+proto" };
}
