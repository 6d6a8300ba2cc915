// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { Attributes } from "@opentelemetry/api";
import type { CallRecord } from "../calls/call-record.ts";
import type { CallSide, CallTarget } from "../calls/call-target.ts";
import { byCode } from "./by-code.ts";
import type { ObserveTarget, Preset, PresetContext, PresetInstrument } from "./preset.ts";

/**
 * The names of otelconnect-go, which are those that OpenTelemetry had before its conventions for
 * RPC were stable. Source: https://github.com/connectrpc/otelconnect-go, `instruments.go` and
 * `attributes.go`.
 */
export const otelconnect: Preset = {
  name: "otelconnect",
  description: "The names of otelconnect-go, from before OpenTelemetry's conventions were stable.",
  instruments(side) {
    const { requestSize, responseSize, ...others } = instrumentsOf(side);
    // Clients cannot see bodies.
    return side === "server"
      ? [...Object.values(others), requestSize, responseSize]
      : Object.values(others);
  },
  observe,
};

/** OpenTelemetry's SDKs have these when nothing is said, as otelconnect-go does. */
const boundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

function instrumentsOf(side: CallSide) {
  const way = side === "server" ? "inbound" : "outbound";
  const ofCall = ["rpc.system", "rpc.service", "rpc.method"];
  if (side === "client") ofCall.push("net.peer.name", "net.peer.port");
  const attributes = [...ofCall, "rpc.grpc.status_code", "rpc.connect_rpc.error_code"];
  const histogram = { kind: "histogram", boundaries, attributes } as const;
  const sized =
    "when a unary call ends, and at every message of a stream without its status; only with `instrumentRoutes`, where bodies can be seen";
  return {
    duration: {
      ...histogram,
      name: `rpc.${side}.duration`,
      unit: "ms",
      description: `Measures the duration of ${way} RPC.`,
      when: "when a call ends",
    },
    requestSize: {
      ...histogram,
      name: `rpc.${side}.request.size`,
      unit: "By",
      description: "Measures size of RPC request messages (as on the wire).",
      when: sized,
    },
    responseSize: {
      ...histogram,
      name: `rpc.${side}.response.size`,
      unit: "By",
      description: "Measures size of RPC response messages (as on the wire).",
      // An error of Connect comes without a message.
      attributes: [...ofCall, "rpc.grpc.status_code"],
      when: sized,
    },
    requests: {
      ...histogram,
      name: `rpc.${side}.requests_per_rpc`,
      unit: "1",
      description: "Measures the number of request messages per RPC.",
      when: "when a call ends",
    },
    responses: {
      ...histogram,
      name: `rpc.${side}.responses_per_rpc`,
      unit: "1",
      description: "Measures the number of response messages per RPC.",
      when: "when a call ends",
    },
  } as const satisfies Record<string, PresetInstrument>;
}

interface Sizes {
  request?: number;
  response?: number;
}

function observe({ side, instruments }: PresetContext): ObserveTarget {
  const names = instrumentsOf(side);
  const durations = instruments.histogram(names.duration);
  const requestSizes = instruments.histogram(names.requestSize);
  const responseSizes = instruments.histogram(names.responseSize);
  const requestCounts = instruments.histogram(names.requests);
  const responseCounts = instruments.histogram(names.responses);

  return function observeTarget(target) {
    const attributes = Object.freeze(targetAttributes(target));
    const finishedBy = byCode((code) => {
      const withStatus = Object.freeze({ ...attributes, ...statusAttributes(target, code) });
      return {
        duration: durations(withStatus),
        requestSize: requestSizes(withStatus),
        responseSize: responseSizes(withStatus),
        requests: requestCounts(withStatus),
        responses: responseCounts(withStatus),
      };
    });
    const isUnary = target.kind === "unary";
    const unarySizes = new WeakMap<CallRecord, Sizes>();
    const requestSize = requestSizes(attributes);
    const responseSize = responseSizes(attributes);

    function sizesOf(call: CallRecord): Sizes {
      let sizes = unarySizes.get(call);
      if (sizes === undefined) {
        sizes = {};
        unarySizes.set(call, sizes);
      }
      return sizes;
    }

    return {
      // Servers alone are told of sizes: what they receive are the requests.
      receivedMessage(call, bytes) {
        if (isUnary) sizesOf(call).request = bytes;
        else requestSize.record(bytes, call.span);
      },
      sentMessage(call, bytes) {
        if (isUnary) sizesOf(call).response = bytes;
        else responseSize.record(bytes, call.span);
      },
      finished(call) {
        const { receivedCount, sentCount, span } = call;
        const cells = finishedBy(call.code);
        const isServer = side === "server";
        cells.duration.record(call.durationMs ?? 0, span);
        cells.requests.record(isServer ? receivedCount : sentCount, span);
        cells.responses.record(isServer ? sentCount : receivedCount, span);
        const sizes = unarySizes.get(call);
        if (sizes?.request !== undefined) cells.requestSize.record(sizes.request, span);
        if (sizes?.response !== undefined) cells.responseSize.record(sizes.response, span);
      },
    };
  };
}

function targetAttributes(target: CallTarget): Attributes {
  const { extra, system, service, method, serverAddress, serverPort } = target;
  return {
    ...extra,
    "rpc.system": system === "grpc" ? "grpc" : "connect_rpc",
    ...(service !== "" && { "rpc.service": service }),
    "rpc.method": service === "" ? method : method.slice(service.length + 1),
    ...(serverAddress !== undefined && { "net.peer.name": serverAddress }),
    ...(serverPort !== undefined && { "net.peer.port": serverPort }),
  };
}

/** Codes of gRPC are numbers, with 0 for success; those of Connect are words, with none for it. */
function statusAttributes({ system }: CallTarget, code: Code | undefined): Attributes {
  if (system === "grpc") return { "rpc.grpc.status_code": code ?? 0 };
  return code === undefined ? {} : { "rpc.connect_rpc.error_code": codeToString(code) };
}
