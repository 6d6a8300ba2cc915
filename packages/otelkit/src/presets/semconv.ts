// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";
import { type Attributes, type Meter, ValueType } from "@opentelemetry/api";
import type { CallSide, CallTarget } from "../calls/call-target.ts";
import { createTally } from "../instruments/tally.ts";
import type { ObserveTarget } from "./preset.ts";
import { isFailure, statusName } from "./semconv-status.ts";

/** Upper bounds of the buckets of the durations, in seconds, as the convention advises. */
const semconvBoundsSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * The stable names of OpenTelemetry's semantic conventions for RPC metrics: the histogram
 * `rpc.server.call.duration` or `rpc.client.call.duration`. The convention has no names for calls
 * in flight and for messages: those three are our own, in its manner.
 */
export function semconv(meter: Meter, side: CallSide): ObserveTarget {
  const tally = createTally(meter);
  const way = side === "server" ? "incoming" : "outgoing";
  const duration = meter.createHistogram(`rpc.${side}.call.duration`, {
    description: `Measures the duration of an ${way} Remote Procedure Call (RPC)`,
    unit: "s",
    advice: { explicitBucketBoundaries: semconvBoundsSeconds },
  });
  const activeCalls = meter.createUpDownCounter(`rpc.${side}.active_calls`, {
    description: `Number of ${way} calls that are in flight`,
    unit: "{call}",
    valueType: ValueType.INT,
  });
  const receivedMessages = meter.createCounter(`rpc.${side}.received.messages`, {
    description: `Number of messages received in ${way} calls`,
    unit: "{message}",
    valueType: ValueType.INT,
  });
  const sentMessages = meter.createCounter(`rpc.${side}.sent.messages`, {
    description: `Number of messages sent in ${way} calls`,
    unit: "{message}",
    valueType: ValueType.INT,
  });

  return function observeTarget(target) {
    const attributes = Object.freeze(targetAttributes(target));
    const active = tally(activeCalls, attributes);
    const received = tally(receivedMessages, attributes);
    const sent = tally(sentMessages, attributes);
    const attributesByCode = new Map<Code | undefined, Attributes>();

    function finishedAttributes(code: Code | undefined): Attributes {
      let found = attributesByCode.get(code);
      if (found === undefined) {
        found = Object.freeze({ ...attributes, ...statusAttributes(target, code) });

        attributesByCode.set(code, found);
      }
      return found;
    }

    return {
      started() {
        active.add(1);
      },
      received() {
        received.add(1);
      },
      sent() {
        sent.add(1);
      },
      finished(call) {
        active.add(-1);
        duration.record((call.durationMs ?? 0) / 1000, finishedAttributes(call.code));
      },
    };
  };
}

function targetAttributes(target: CallTarget): Attributes {
  const attributes: Attributes = {
    "rpc.system.name": target.system,
    "rpc.method": target.method,
  };
  if (target.serverAddress !== undefined) attributes["server.address"] = target.serverAddress;
  if (target.serverPort !== undefined) attributes["server.port"] = target.serverPort;
  return attributes;
}

function statusAttributes(target: CallTarget, code: Code | undefined): Attributes {
  const status = statusName(target.system, code);
  return isFailure(target.side, code)
    ? { "rpc.status_code": status, "error.type": status }
    : { "rpc.status_code": status };
}
