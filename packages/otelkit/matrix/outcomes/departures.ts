// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { collectGarbageUntil } from "../collect-garbage.ts";
import type { Behaviour } from "../kinds.ts";
import type { Outcome } from "../outcome.ts";
import { runtime } from "../runtime.ts";
import type { Scene } from "../scene.ts";
import type { Wire } from "../wires.ts";
import { rawCall } from "./raw-call.ts";
import {
  aborted,
  abortInHandler,
  changeRequest,
  needsStreamOfRequests,
  needsStreamOfResponses,
  oneThenSilence,
  readOne,
  sendOneThenWait,
  waitForAbort,
} from "./shared.ts";

/** What a client that cancels leaves on the wire: HTTP/1.1 knows only to hang up. */
const canceled = ({ version }: Wire) => (version === "2" ? "reset 8 by client" : "cut by client");

/** What a client leaves that is closed: Deno resets its streams first. */
const closed = (wire: Wire) => ["cut by client", canceled(wire)];

/** connect-node resets with INTERNAL_ERROR for whatever is not a cancellation. */
const resetInternal = ({ version }: Wire) =>
  version === "2" ? "reset 2 by client" : "cut by client";

/** Deno breaks the stream of requests with a plain error, before it tells of the reset. */
const fromBrokenRequest = (elsewhere: string) => (runtime === "deno" ? "internal" : elsewhere);

/** A handler that answers although its caller is gone, or its deadline has passed. */
const answerWhenAborted: Behaviour = async function* answerWhenAborted(requests, context) {
  await readOne(requests);
  await aborted(context);
  yield { text: "late" };
};

/** Calls that are given up by either end, or broken in between. */
export const departures: readonly Outcome[] = [
  {
    name: "client cancels before it sends",
    wire: "nothing",
    run: (scene) => scene.call({ signal: AbortSignal.abort() }),
  },
  { name: "client cancels", wire: canceled, behave: waitForAbort, run: abortInHandler() },
  {
    name: "client cancels and the handler answers all the same",
    wire: canceled,
    behave: answerWhenAborted,
    run: abortInHandler(),
  },
  {
    name: "client cancels while the handler reads",
    // Node's client ends a stream before it resets it, so that it looks complete for a moment.
    interceptorSees: ({ version }) => (version === "2" ? fromBrokenRequest("ok") : undefined),
    // Bun tells of no reset when the handler has answered by then.
    runtimeSees: ({ version }) => (runtime === "bun" && version === "2" ? "ok" : undefined),
    wire: canceled,
    missing: needsStreamOfRequests,
    run: abortInHandler(),
  },
  {
    name: "client cancels within a message",
    interceptorSees: ({ version }, kind) => {
      if (kind === "unary") return "nothing";
      return version === "2" ? fromBrokenRequest("canceled") : undefined;
    },
    wire: canceled,
    isRaw: true,
    run: rawCall({ messages: [new Uint8Array(100)], cutOff: 50, isAborted: true }),
  },
  {
    name: "client cancels mid-stream",
    wire: canceled,
    missing: needsStreamOfResponses,
    behave: sendOneThenWait,
    async run(scene) {
      const abort = new AbortController();
      await scene.call({
        signal: abort.signal,
        requests: oneThenSilence(),
        onResponse: () => abort.abort(),
      });
    },
  },
  {
    name: "client's deadline passes",
    wire: resetInternal,
    behave: waitForAbort,
    // The reason is what Connect's own timer gives: the handler is surely at work by then.
    run: abortInHandler(new ConnectError("the operation timed out", Code.DeadlineExceeded)),
  },
  {
    name: "client's timer runs out",
    // On a machine that is busy it runs out before anything is sent.
    wire: (wire) => [resetInternal(wire), "nothing"],
    behave: waitForAbort,
    run: (scene) =>
      scene.call({
        timeoutMs: 100,
        requests: oneThenSilence(),
        interceptor: changeRequest(({ header }) => {
          header.delete("grpc-timeout");
          header.delete("connect-timeout-ms");
        }),
      }),
  },
  {
    name: "server's deadline passes",
    wire: "deadline_exceeded",
    behave: waitForAbort,
    run: (scene) => scene.call(timeoutForServer()),
  },
  {
    name: "server's deadline passes mid-stream",
    wire: "deadline_exceeded",
    missing: needsStreamOfResponses,
    behave: sendOneThenWait,
    run: (scene) => scene.call(timeoutForServer()),
  },
  {
    name: "server's deadline passes and the handler answers all the same",
    interceptorSees: () => "deadline_exceeded",
    wire: "ok",
    behave: answerWhenAborted,
    run: (scene) => scene.call(timeoutForServer()),
  },
  {
    name: "both ends' deadline passes",
    isRace: true,
    wire: (wire) => ["deadline_exceeded", resetInternal(wire), canceled(wire), "nothing"],
    behave: waitForAbort,
    run: (scene) => scene.call({ timeoutMs: 60, requests: oneThenSilence() }),
  },
  {
    name: "connection is cut",
    wire: "cut by network",
    behave: waitForAbort,
    run: cutWhileReading,
  },
  {
    name: "connection is cut while the handler reads",
    wire: "cut by network",
    missing: needsStreamOfRequests,
    run: cutWhileReading,
  },
  {
    name: "connection is cut mid-stream",
    wire: "cut by network",
    missing: needsStreamOfResponses,
    behave: sendOneThenWait,
    run: (scene) => scene.call({ requests: oneThenSilence(), onResponse: () => scene.proxy.cut() }),
  },
  {
    name: "client never reads the stream",
    wire: closed,
    missing: needsStreamOfResponses,
    behave: sendOneThenWait,
    endsWithConnection: true,
    async run(scene) {
      await scene.call({ requests: oneThenSilence(), isUnread: true });
      await scene.handler.reading;
      await collectUntilQuiet(scene);
    },
  },
  {
    name: "client leaves the stream unread",
    wire: closed,
    missing: needsStreamOfResponses,
    behave: sendOneThenWait,
    endsWithConnection: true,
    async run(scene) {
      await scene.call({ requests: oneThenSilence(), onResponse: () => false });
      await collectUntilQuiet(scene);
    },
  },
];

async function cutWhileReading(scene: Scene): Promise<void> {
  const call = scene.call({ requests: oneThenSilence() });
  await scene.handler.reading;
  scene.proxy.cut();
  await call;
}

/** The garbage collector is the only one who learns that a client has left a stream. */
async function collectUntilQuiet({ recorders }: Scene): Promise<void> {
  await collectGarbageUntil(async () => (await recorders.client.meter.read("client")).active === 0);
}

/** A deadline that the server is told of and the client itself does not keep. */
function timeoutForServer() {
  return {
    requests: oneThenSilence(),
    interceptor: changeRequest(({ header }) => {
      const isGrpc = header.get("content-type")?.startsWith("application/grpc");
      if (isGrpc) header.set("grpc-timeout", "40m");
      else header.set("connect-timeout-ms", "40");
    }),
  };
}
