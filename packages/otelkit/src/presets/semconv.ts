// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";
import type { Attributes } from "@opentelemetry/api";
import type { CallSide, CallTarget } from "../calls/call-target.ts";
import { targetAttributes } from "../calls/target-attributes.ts";
import { byCode } from "./by-code.ts";
import type { ObserveTarget, Preset, PresetContext, PresetInstrument } from "./preset.ts";
import { isFailure, statusName } from "./semconv-status.ts";

/** Upper bounds of the buckets of the durations, in seconds, as the convention advises. */
const boundariesSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * The stable names of OpenTelemetry's semantic conventions for RPC metrics: the histogram
 * `rpc.server.call.duration` or `rpc.client.call.duration`. The convention has no names for the
 * rest: those are our own, in its manner.
 */
export const semconv: Preset = {
  name: "semconv",
  description: "The stable names of OpenTelemetry's semantic conventions for RPC metrics.",
  instruments(side) {
    const { receivedMessageBytes, sentMessageBytes, receivedBytes, sentBytes, ...others } =
      instrumentsOf(side);
    // Clients cannot see bodies.
    if (side === "client") return Object.values(others);
    const sizes = [receivedMessageBytes, sentMessageBytes, receivedBytes, sentBytes];
    return [...Object.values(others), ...sizes];
  },
  observe,
};

function instrumentsOf(side: CallSide) {
  const way = side === "server" ? "incoming" : "outgoing";
  const ofCall = ["rpc.system.name", "rpc.method"];
  if (side === "client") ofCall.push("server.address", "server.port");
  const histogram = { kind: "histogram", unit: "s", boundaries: boundariesSeconds } as const;
  const messages = { kind: "counter", unit: "{message}", attributes: ofCall } as const;
  const bytes = { kind: "counter", unit: "By", attributes: ofCall } as const;
  const whereSeen = "only with `instrumentRoutes`, where bodies can be seen";
  return {
    duration: {
      ...histogram,
      name: `rpc.${side}.call.duration`,
      description: `Measures the duration of an ${way} Remote Procedure Call (RPC)`,
      attributes: [...ofCall, "rpc.status_code", "error.type"],
      when: "when a call ends",
    },
    active: {
      name: `rpc.${side}.active_calls`,
      kind: "updowncounter",
      unit: "{call}",
      description: `Number of ${way} calls that are in flight`,
      attributes: ofCall,
      when: "when a call begins and when it ends",
    },
    received: {
      ...messages,
      name: `rpc.${side}.received.messages`,
      description: `Number of messages received in ${way} calls`,
      when: "when a message came in, the end of a stream not counted",
    },
    sent: {
      ...messages,
      name: `rpc.${side}.sent.messages`,
      description: `Number of messages sent in ${way} calls`,
      when: "when a message went out, the end of a stream not counted",
    },
    receivedMessageBytes: {
      ...bytes,
      name: `rpc.${side}.received.message.size`,
      description: `Bytes of the messages received in ${way} calls, compressed where they were`,
      when: `when part of a body came in, ${whereSeen}`,
    },
    sentMessageBytes: {
      ...bytes,
      name: `rpc.${side}.sent.message.size`,
      description: `Bytes of the messages sent in ${way} calls, compressed where they were`,
      when: `when part of a body went out, ${whereSeen}`,
    },
    receivedBytes: {
      ...bytes,
      name: `rpc.${side}.received.body.size`,
      description: `Bytes of the bodies received in ${way} calls, the frames of messages included`,
      when: `when part of a body came in, ${whereSeen}`,
    },
    sentBytes: {
      ...bytes,
      name: `rpc.${side}.sent.body.size`,
      description: `Bytes of the bodies sent in ${way} calls, the frames of messages included`,
      when: `when part of a body went out, ${whereSeen}`,
    },
    firstMessage: {
      ...histogram,
      name: `rpc.${side}.first_message.duration`,
      description: `Time from the start of ${way} calls to the first message of the response`,
      attributes: ofCall,
      when: "when a call ends that had a message in its response",
      detail: "first_message",
    },
    timeout: {
      ...histogram,
      name: `rpc.${side}.call.timeout`,
      description: `Time that callers gave ${way} calls`,
      attributes: ofCall,
      when: "when a call ends that had a deadline",
      detail: "timeout",
    },
  } as const satisfies Record<string, PresetInstrument>;
}

function observe({ side, instruments, details, preregisters }: PresetContext): ObserveTarget {
  const names = instrumentsOf(side);
  const duration = instruments.histogram(names.duration);
  const activeCalls = instruments.counter(names.active);
  const receivedMessages = instruments.counter(names.received);
  const sentMessages = instruments.counter(names.sent);

  return function observeTarget(target) {
    const attributes = Object.freeze(targetAttributes(target));
    const active = activeCalls(attributes);
    const received = receivedMessages(attributes);
    const sent = sentMessages(attributes);
    const durationOf = byCode((code) =>
      duration(Object.freeze({ ...attributes, ...statusAttributes(target, code) })),
    );

    // These series exist only where there is something to tell.
    const firstMessage = details.has("first_message")
      ? once(() => instruments.histogram(names.firstMessage)(attributes))
      : undefined;
    const timeout = details.has("timeout")
      ? once(() => instruments.histogram(names.timeout)(attributes))
      : undefined;
    const receivedSizes = once(() => ({
      messages: instruments.counter(names.receivedMessageBytes)(attributes),
      bodies: instruments.counter(names.receivedBytes)(attributes),
    }));
    const sentSizes = once(() => ({
      messages: instruments.counter(names.sentMessageBytes)(attributes),
      bodies: instruments.counter(names.sentBytes)(attributes),
    }));
    if (preregisters) {
      receivedSizes();
      sentSizes();
    }

    return {
      started() {
        active.add(1);
      },
      received(_call, messages) {
        received.add(messages);
      },
      sent(_call, messages) {
        sent.add(messages);
      },
      receivedBytes(_call, messageBytes, wireBytes) {
        const { messages, bodies } = receivedSizes();
        messages.add(messageBytes);
        bodies.add(wireBytes);
      },
      sentBytes(_call, messageBytes, wireBytes) {
        const { messages, bodies } = sentSizes();
        messages.add(messageBytes);
        bodies.add(wireBytes);
      },
      finished(call) {
        active.add(-1);
        durationOf(call.code).record((call.durationMs ?? 0) / 1000, call.span);
        if (firstMessage !== undefined && call.firstMessageMs !== undefined) {
          firstMessage().record(call.firstMessageMs / 1000, call.span);
        }
        if (timeout !== undefined && call.timeoutMs !== undefined) {
          timeout().record(call.timeoutMs / 1000, call.span);
        }
      },
    };
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function statusAttributes(target: CallTarget, code: Code | undefined): Attributes {
  const status = statusName(target.system, code);
  return isFailure(target.side, code)
    ? { "rpc.status_code": status, "error.type": status }
    : { "rpc.status_code": status };
}
