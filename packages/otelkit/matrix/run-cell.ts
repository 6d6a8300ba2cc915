// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Layers } from "./instrumentation.ts";
import {
  describeMessages,
  type Evidence,
  judgeClient,
  judgeServer,
  type ServerView,
} from "./judge.ts";
import { judgeSpans } from "./judge-spans.ts";
import { type Behaviour, type Kind, streamsResponses, type Text } from "./kinds.ts";
import { type ObservedCall, readCall } from "./observer/observed-call.ts";
import type { Outcome } from "./outcome.ts";
import { becomes, inTime } from "./patience.ts";
import { openScene, type Scene } from "./scene.ts";
import type { Wire } from "./wires.ts";

/** One combination of the matrix. */
export interface Cell {
  wire: Wire;
  kind: Kind;
  outcome: Outcome;
}

/**
 * Makes the call of a cell, and compares what both ends measured with what the proxy saw.
 *
 * @throws when the call was not what the cell's name says, or was measured wrongly
 */
export async function runCell({ wire, kind, outcome }: Cell, layers: Layers): Promise<void> {
  const behave = outcome.behave ?? sendBack(kind);
  const view: ServerView = { isRace: outcome.isRace, seenAs: seenAs(outcome, wire, kind, layers) };
  const scene = await openScene({
    wire,
    kind,
    layers,
    behave,
    server: outcome.server ?? {},
    answer: outcome.answer?.(wire, kind),
  });
  let evidence: Evidence;
  let faults: string[];
  try {
    await inTime("the end of the call", Promise.resolve((outcome.run ?? makeTheCall)(scene)));
    if (outcome.endsWithConnection !== true) await becomes(() => isOver(scene, view));
    scene.closeClient();
    await becomes(() => isOver(scene, view));
    evidence = gatherEvidence(scene);
    faults = judgeCell(outcome, wire, evidence);
  } finally {
    await scene.close();
  }
  const { recorders } = scene;
  // Once more after everything is closed: nothing may be counted late.
  const measures = {
    server: await recorders.server.meter.read("server"),
    client: await recorders.client.meter.read("client"),
  };
  faults.push(
    ...judgeServer(measures.server, evidence, view).map((fault) => `server: ${fault}`),
    ...judgeClient(measures.client, evidence).map((fault) => `client: ${fault}`),
    ...ends.flatMap((end) =>
      judgeSpans(end, recorders[end].spans, measures[end], evidence.wire).map(
        (fault) => `${end}: ${fault}`,
      ),
    ),
  );
  if (faults.length > 0) {
    const { handler, caller } = evidence;
    throw new Error(
      `${faults.join("; ")}\nwire: ${describe(evidence.wire)}\n` +
        `handler: ${JSON.stringify(handler)}\ncaller: ${JSON.stringify(caller)}\n` +
        `measured: ${JSON.stringify(measures)}`,
    );
  }
}

const ends = ["server", "client"] as const;

const makeTheCall = (scene: Scene): Promise<unknown> => scene.call();

/** What a measured server takes the call for, where that is not what the wire shows. */
function seenAs(outcome: Outcome, wire: Wire, kind: Kind, layers: Layers): string | undefined {
  if (outcome.answer !== undefined) return "nothing";
  const byInterceptor =
    layers === "interceptors" ? outcome.interceptorSees?.(wire, kind) : undefined;
  return byInterceptor ?? outcome.runtimeSees?.(wire, kind);
}

/** Reads all requests, then answers: each of them where responses stream, else with the last. */
function sendBack(kind: Kind): Behaviour {
  return async function* sendBackRequests(requests) {
    const texts: Text[] = [];
    for await (const { text } of requests) texts.push({ text });
    yield* streamsResponses(kind) ? texts : texts.slice(-1);
  };
}

/** Whether all that was begun has passed, and is measured as finished. */
async function isOver(
  { recorders, proxy, caller }: Scene,
  { seenAs }: ServerView,
): Promise<boolean> {
  if (!proxy.isSettled()) return false;
  const server = await recorders.server.meter.read("server");
  const client = await recorders.client.meter.read("client");
  return (
    server.active === 0 &&
    client.active === 0 &&
    server.calls.length >= (seenAs === "nothing" ? 0 : proxy.exchanges.length) &&
    client.calls.length >= (caller === undefined ? 0 : 1)
  );
}

function gatherEvidence({ kind, wire: { protocol }, proxy, handler, caller }: Scene): Evidence {
  if (proxy.faults.length > 0) throw new AggregateError(proxy.faults, "The wire is unreadable");
  const [exchange, ...more] = proxy.exchanges;
  if (more.length > 0) throw new Error(`${more.length + 1} requests are on the wire instead of 1`);
  const wire = exchange && readCall(exchange);
  return { kind, protocol, wire, handler, caller, port: proxy.port };
}

/** The wire has to show what the cell is about. */
function judgeCell({ wire: expected }: Outcome, wire: Wire, { kind, wire: call }: Evidence) {
  const wanted = [typeof expected === "function" ? expected(wire, kind) : expected].flat();
  const seen = seenOnWire(call);
  return wanted.includes(seen)
    ? []
    : [`cell: the wire shows '${seen}', not '${wanted.join("' or '")}'`];
}

/** Such as `ok`, `not_found`, `HTTP 415`, `reset by client`, `cut by network` or `nothing`. */
function seenOnWire(call: ObservedCall | undefined): string {
  if (call === undefined) return "nothing";
  const { code, httpStatus, isPlainHttp, brokenBy } = call;
  if (code !== undefined) return isPlainHttp ? `HTTP ${httpStatus}` : code;
  if (brokenBy === undefined) return "no end";
  return brokenBy.resetCode === undefined
    ? `cut by ${brokenBy.by}`
    : `reset ${brokenBy.resetCode} by ${brokenBy.by}`;
}

function describe(call: ObservedCall | undefined): string {
  if (call === undefined) return "nothing";
  const { method, received, sent } = call;
  return `${method}: ${seenOnWire(call)}, requests ${describeMessages(received)}, responses ${describeMessages(sent)}`;
}
