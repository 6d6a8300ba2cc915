// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { diag } from "@opentelemetry/api";
import { afterEach, describe, expect, test } from "vitest";
import { collectGarbage, collectGarbageUntil } from "../collect-garbage.testing.ts";
import { readAll } from "../connect/read-all.testing.ts";
import { aborted, allWires } from "../connect/wire.testing.ts";
import { createTestMeter } from "../manual-reader.testing.ts";
import { captureFaults } from "./capture-faults.testing.ts";
import { layers, startTraced, type Traced } from "./traces.testing.ts";

afterEach(() => diag.disable());

const handlers = {
  async *serverStream({ text }: { text: string }, context: HandlerContext) {
    yield { text };
    if (text === "throw") throw new ConnectError("no more", Code.DataLoss);
    if (text === "hang") await aborted(context);
  },
};

/** Reads one message of a stream whose handler then hangs. */
async function readOne({ client }: Traced, signal?: AbortSignal) {
  const stream = client.serverStream({ text: "hang" }, { signal })[Symbol.asyncIterator]();
  await stream.next();
  return stream;
}

/** How a stream can end. `isRemote` when it takes a connection. */
const ends: { name: string; isRemote?: boolean; end(traced: Traced): Promise<unknown> }[] = [
  { name: "is read to its end", end: ({ client }) => readAll(client.serverStream({})) },
  {
    name: "breaks",
    end: ({ client }) => readAll(client.serverStream({ text: "throw" })).catch(() => {}),
  },
  {
    name: "is canceled",
    async end(traced) {
      const cancel = new AbortController();
      const stream = await readOne(traced, cancel.signal);
      cancel.abort();
      await stream.next().catch(() => {});
    },
  },
  {
    name: "is canceled before it begins",
    end: ({ client }) =>
      readAll(client.serverStream({}, { signal: AbortSignal.abort() })).catch(() => {}),
  },
  {
    name: "has its connection cut",
    isRemote: true,
    async end(traced) {
      const stream = await readOne(traced);
      await Promise.all([traced[Symbol.asyncDispose](), stream.next().catch(() => {})]);
    },
  },
  {
    name: "is forgotten by its reader",
    isRemote: true,
    async end(traced) {
      await readOne(traced);
      let endedCount = 0;
      const endOf = traced.traces.ended(1).then(({ length }) => {
        endedCount = length;
      });
      await collectGarbageUntil(() => endedCount > 0);
      await Promise.all([traced[Symbol.asyncDispose](), endOf]);
    },
  },
];

const cases = allWires.flatMap((wire) => layers.map((layer) => ({ wire, layer, name: wire.name })));

describe.each(cases)("The spans of a stream, $name, by $layer,", ({ wire, layer }) => {
  const possible = ends.filter(({ isRemote }) => !isRemote || wire.name !== "Connect in memory");

  test.each(possible)(
    "end once, with the status that is counted, when it $name",
    async ({ end }) => {
      const faults = captureFaults();
      const { meterProvider, points } = createTestMeter();
      const traced = await startTraced(wire, handlers, { layer, meterProvider });
      await end(traced);
      await traced[Symbol.asyncDispose]();
      await collectGarbage();
      const spans = await traced.traces.ended(traced.traces.started());
      const counted = (await points())
        .filter(({ name }) => name.endsWith(".call.duration"))
        .flatMap(({ name, value, attributes }) =>
          Array<string>(value).fill(`${name.split(".")[1]} ${attributes["rpc.status_code"]}`),
        );
      const traces = spans.map(
        ({ kind, attributes }) =>
          `${kind === 1 ? "server" : "client"} ${attributes["rpc.status_code"]}`,
      );
      expect(traces.sort()).toEqual(counted.sort());
      expect({ started: traced.traces.started(), faults }).toEqual({
        started: counted.length,
        faults: [],
      });
    },
  );
});
