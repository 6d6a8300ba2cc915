// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import type { Attributes } from "@opentelemetry/api";
import type { CallSide, CallTarget } from "../calls/call-target.ts";
import { byCode } from "./by-code.ts";
import { type GrpcSpelling, grpcCode, grpcType, grpcUnknown } from "./grpc-spelling.ts";
import type { ObserveTarget, Preset, PresetContext, PresetInstrument } from "./preset.ts";

/**
 * The names of go-grpc-prometheus and py-grpc-prometheus, label for label: `grpc_server_*` and
 * `grpc_client_*`. Connect's calls are among them. Source: `providers/prometheus` of
 * https://github.com/grpc-ecosystem/go-grpc-middleware, whose words the descriptions are.
 */
export const grpc: Preset = {
  name: "grpc",
  description: "The names of go-grpc-prometheus and py-grpc-prometheus.",
  instruments: (side) => Object.values(instrumentsOf(side)),
  observe,
};

/** Client libraries of Prometheus have these when nothing is said. */
const boundariesSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function instrumentsOf(side: CallSide) {
  const by = side === "server" ? "on the server" : "by the client";
  const attributes = ["grpc_type", "grpc_service", "grpc_method"];
  // Counters are named with their suffix, so that no way of translation leaves it away.
  const counter = { kind: "counter", unit: "" } as const;
  return {
    started: {
      ...counter,
      name: `grpc_${side}_started_total`,
      description: `Total number of RPCs started on the ${side}.`,
      attributes,
      when: "when a call begins",
    },
    handled: {
      ...counter,
      name: `grpc_${side}_handled_total`,
      description: `Total number of RPCs completed ${by}, regardless of success or failure.`,
      attributes: [...attributes, "grpc_code"],
      when: "when a call ends",
    },
    received: {
      ...counter,
      name: `grpc_${side}_msg_received_total`,
      description: `Total number of RPC stream messages received ${by}.`,
      attributes,
      when: "when a message came in, that of a unary call too, the end of a stream not counted",
    },
    sent: {
      ...counter,
      name: `grpc_${side}_msg_sent_total`,
      description: `Total number of gRPC stream messages sent by the ${side}.`,
      attributes,
      when: "when a message went out, that of a unary call too, the end of a stream not counted",
    },
    handling: {
      name: `grpc_${side}_handling_seconds`,
      kind: "histogram",
      unit: "s",
      boundaries: boundariesSeconds,
      description:
        side === "server"
          ? "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server."
          : "Histogram of response latency (seconds) of the gRPC until it is finished by the application.",
      attributes,
      when: "when a call ends",
    },
  } as const satisfies Record<string, PresetInstrument>;
}

/** What a call can end with: success, and the 16 codes. */
const allCodes = [undefined, ...Object.values(Code).filter((code) => typeof code === "number")];

function observe(context: PresetContext): ObserveTarget {
  const { side, instruments, grpcSpelling, preregisters } = context;
  const names = instrumentsOf(side);
  const startedCalls = instruments.counter(names.started);
  const handledCalls = instruments.counter(names.handled);
  const receivedMessages = instruments.counter(names.received);
  const sentMessages = instruments.counter(names.sent);
  const handlingSeconds = instruments.histogram(names.handling);

  return function observeTarget(target) {
    const labels = Object.freeze(labelsOf(target, grpcSpelling));
    const started = startedCalls(labels);
    const received = receivedMessages(labels);
    const sent = sentMessages(labels);
    const handling = handlingSeconds(labels);
    const handled = byCode((code) =>
      handledCalls(Object.freeze({ ...labels, grpc_code: grpcCode(grpcSpelling, code) })),
    );
    if (preregisters) allCodes.forEach(handled);

    return {
      started() {
        started.add(1);
      },
      received(_call, messages) {
        received.add(messages);
      },
      sent(_call, messages) {
        sent.add(messages);
      },
      finished(call) {
        handled(call.code).add(1);
        handling.record((call.durationMs ?? 0) / 1000, call.span);
      },
    };
  };
}

function labelsOf(
  { extra, kind, service, method }: CallTarget,
  spelling: GrpcSpelling,
): Attributes {
  const unknown = grpcUnknown(spelling);
  return {
    ...extra,
    grpc_type: grpcType(spelling, kind),
    grpc_service: kind === undefined ? unknown : service,
    grpc_method: kind === undefined ? unknown : method.slice(service.length + 1),
  };
}
