// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { HandlerLog } from "./echo-server.ts";
import { type Kind, methodNames, streamsRequests } from "./kinds.ts";
import type { Measures } from "./meter.ts";
import type { ObservedCall, ObservedMessages } from "./observer/observed-call.ts";
import type { CallerLog } from "./scene.ts";
import type { Wire } from "./wires.ts";

/** Everything that is known of one cell's call, but for what otelkit believes. */
export interface Evidence {
  kind: Kind;
  /** The client's. */
  protocol: Wire["protocol"];
  /** Undefined when nothing reached the wire. */
  wire: ObservedCall | undefined;
  handler: HandlerLog;
  /** Undefined where raw bytes were sent. */
  caller: CallerLog | undefined;
  /** Port that the client calls. */
  port: number;
}

/** Codes that are a server's own fault, by OpenTelemetry's semantic conventions for RPC. */
const serverFaults = [
  "unknown",
  "deadline_exceeded",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
];

/** How a server may see a call. */
export interface ServerView {
  isRace?: boolean | undefined;
  /** What the server takes the call for, where it cannot see the wire: a code or `nothing`. */
  seenAs?: string | undefined;
}

/** Says where a server's metrics differ from the evidence. Nothing when they tell the truth. */
export function judgeServer(
  measures: Measures,
  evidence: Evidence,
  { isRace = false, seenAs }: ServerView,
): string[] {
  const { kind, wire, handler } = evidence;
  const faults: string[] = [];
  if (measures.active !== 0) faults.push(`${measures.active} calls are active`);
  if (wire === undefined || seenAs === "nothing") {
    if (measures.calls.length > 0) faults.push("a call is counted though none was there to see");
    return faults;
  }
  const [call] = measures.calls;
  if (call === undefined || measures.calls.length > 1) {
    return [...faults, `${measures.calls.length} calls are finished instead of 1`];
  }
  const system = systemOf(wire.protocol);
  if (call.system !== system) faults.push(`system is ${call.system} instead of ${system}`);
  const method = Object.values<unknown>([...Object.values(methodNames), idempotentMethod]).includes(
    wire.method,
  )
    ? wire.method
    : "_OTHER";
  if (call.method !== method) faults.push(`method is ${call.method} instead of ${method}`);
  const codes = seenAs === undefined ? serverCodes(wire) : [seenAs];
  // What the server has sent when the client breaks the call is an answer to the server.
  if (isRace && wire.lateCode !== undefined) codes.push(wire.lateCode);
  faults.push(...judgeStatus(call, system, codes, (code) => serverFaults.includes(code)));
  if (seenAs !== undefined) return faults;

  const received = range("messages received", measures.receivedMessages);
  // A handler that reads no further leaves messages in buffers, where nobody has received them.
  const readsAll = handler.hasReadToEnd || !streamsRequests(kind);
  if (wire.code !== undefined && readsAll) {
    if (handler.hasReadToEnd) received.is(wire.received.count);
    else received.within(0, wire.received.count);
  } else received.within(handler.received, wire.received.count);

  const sent = range("messages sent", measures.sentMessages);
  if (wire.code !== undefined) sent.is(wire.sent.count);
  else sent.within(wire.sent.count, handler.sent);
  faults.push(...received.faults, ...sent.faults, ...judgeBytes(measures, evidence, wire));
  return faults;
}

/** Says where a client's metrics differ from the evidence. */
export function judgeClient(measures: Measures, evidence: Evidence): string[] {
  const { kind, protocol, wire, caller, port } = evidence;
  const faults: string[] = [];
  if (measures.active !== 0) faults.push(`${measures.active} calls are active`);
  const expected = caller === undefined ? 0 : 1;
  const [call] = measures.calls;
  if (measures.calls.length !== expected) {
    return [...faults, `${measures.calls.length} calls are finished instead of ${expected}`];
  }
  if (call === undefined || caller === undefined) return faults;
  if (call.method !== methodNames[kind] && call.method !== idempotentMethod) {
    faults.push(`method is ${call.method} instead of ${methodNames[kind]}`);
  }
  if (call.address !== "127.0.0.1") faults.push(`server.address is ${call.address}`);
  if (call.port !== port) faults.push(`server.port is ${call.port} instead of ${port}`);
  // A caller that left the stream has no status: then it has canceled.
  const code = caller.code ?? "canceled";
  const system = systemOf(protocol);
  if (call.system !== system) faults.push(`system is ${call.system} instead of ${system}`);
  faults.push(...judgeStatus(call, system, [code], (code) => code !== "ok"));

  const received = range("messages received", measures.receivedMessages);
  if (caller.code === "ok") received.is(wire?.sent.count ?? 0);
  else received.within(caller.received, wire?.sent.count ?? 0);
  const sent = range("messages sent", measures.sentMessages);
  if (wire?.code !== undefined && caller.code === "ok" && wire.received.count === caller.sent) {
    sent.is(wire.received.count);
  } else sent.within(wire?.received.count ?? 0, caller.sent);
  faults.push(...received.faults, ...sent.faults);
  return faults;
}

const idempotentMethod = "labwire.testdata.v1.EchoService/UnaryIdempotent";

/** The codes that a server may report, as the wire has it. */
function serverCodes({ code, brokenBy, hasTimeout }: ObservedCall): string[] {
  if (code !== undefined) return [code];
  // The caller went away before the answer was complete. Whether that was its deadline, the
  // server can know only when it was told of the deadline.
  if (brokenBy !== undefined) return hasTimeout ? ["canceled", "deadline_exceeded"] : ["canceled"];
  return ["no answer"];
}

function judgeStatus(
  call: { status: unknown; error: unknown },
  system: string,
  codes: string[],
  isFailure: (code: string) => boolean,
): string[] {
  const allowed = codes.map((code) => spell(system, code));
  if (!allowed.includes(String(call.status))) {
    return [`status is ${call.status} instead of ${allowed.join(" or ")}`];
  }
  const code = codes.find((code) => spell(system, code) === call.status) ?? "";
  const error = isFailure(code) ? call.status : undefined;
  return call.error === error ? [] : [`error.type is ${call.error} instead of ${error}`];
}

/** Semantic conventions: gRPC's own names in capitals, Connect's as its protocol spells them. */
function spell(system: string, code: string): string {
  if (code === "ok") return "OK";
  if (system === "connectrpc") return code;
  return code === "canceled" ? "CANCELLED" : code.toUpperCase();
}

function systemOf(protocol: Wire["protocol"] | ObservedCall["protocol"]): string {
  return protocol.startsWith("grpc") ? "grpc" : "connectrpc";
}

function judgeBytes(measures: Measures, { handler }: Evidence, wire: ObservedCall): string[] {
  if (measures.receivedWireBytes === undefined || measures.sentWireBytes === undefined) return [];
  const received = range("message bytes received", measures.receivedMessageBytes ?? 0);
  const receivedWire = range("body bytes received", measures.receivedWireBytes);
  const sent = range("message bytes sent", measures.sentMessageBytes ?? 0);
  const sentWire = range("body bytes sent", measures.sentWireBytes);
  if (wire.code !== undefined && handler.hasReadToEnd) {
    received.is(wire.received.messageBytes);
    receivedWire.is(wire.received.wireBytes);
  } else {
    received.within(0, wire.received.messageBytes);
    receivedWire.within(0, wire.received.wireBytes);
  }
  if (wire.code !== undefined) {
    sent.is(wire.sent.messageBytes);
    sentWire.is(wire.sent.wireBytes);
  } else {
    sent.within(wire.sent.messageBytes, Number.POSITIVE_INFINITY);
    sentWire.within(wire.sent.wireBytes, Number.POSITIVE_INFINITY);
  }
  return [received, receivedWire, sent, sentWire].flatMap(({ faults }) => faults);
}

/** Compares a number, and remembers what was wrong. */
function range(what: string, actual: number) {
  const faults: string[] = [];
  return {
    faults,
    is(expected: number) {
      if (actual !== expected) faults.push(`${what}: ${actual} instead of ${expected}`);
    },
    within(least: number, most: number) {
      if (actual < least || actual > most) {
        faults.push(`${what}: ${actual} instead of ${least} to ${most}`);
      }
    },
  };
}

/** The messages and bytes of one way, for a report. */
export function describeMessages({ count, messageBytes, wireBytes }: ObservedMessages): string {
  return `${count} messages of ${messageBytes} bytes in ${wireBytes}`;
}
