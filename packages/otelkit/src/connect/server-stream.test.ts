// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collectGarbage, collectGarbageUntil } from "../collect-garbage.testing.ts";
import { readAll } from "./read-all.testing.ts";
import { aborted, allWires, type Measured, spell, startMeasured } from "./wire.testing.ts";

// Deadlines are moments that a test chooses: those of both sides pass at once.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(allWires)("A server stream, $name,", (wire) => {
  test("is OK at its end, and its messages are unchanged", async () => {
    await using measured = await startMeasured(wire, {
      async *serverStream(request) {
        for (let n = 0; n < request.count; n++) {
          measured.pass(20);
          yield { text: `${request.text}${n}` };
        }
      },
    });
    const stream = measured.client.serverStream({ text: "m", count: 3 });
    expect(await readAll(stream)).toEqual(["m0", "m1", "m2"]);
    expect(await measured.report()).toEqual({
      server: "1 OK in 0.06 s; 0 active, 1 received, 3 sent",
      client: "1 OK in 0.06 s; 0 active, 3 received, 1 sent",
    });
  });

  test("is OK when it is empty", async () => {
    await using measured = await startMeasured(wire, { async *serverStream() {} });
    expect(await readAll(measured.client.serverStream({}))).toEqual([]);
    expect(await measured.report()).toEqual({
      server: "1 OK in 0 s; 0 active, 1 received, 0 sent",
      client: "1 OK in 0 s; 0 active, 0 received, 1 sent",
    });
  });

  test.each([
    { thrown: new ConnectError("gone", Code.DataLoss), code: "data_loss", message: "gone" },
    { thrown: new Error("secret"), code: "internal", message: "internal error" },
    {
      thrown: new DOMException("secret", "AbortError"),
      code: "internal",
      message: "internal error",
    },
  ])("is $code when the handler throws $thrown after a message", async (expected) => {
    await using measured = await startMeasured(wire, {
      async *serverStream() {
        yield { text: "first" };
        throw expected.thrown;
      },
    });
    const stream = measured.client.serverStream({});
    await expect(readAll(stream)).rejects.toThrow(`[${expected.code}] ${expected.message}`);
    const code = spell(wire, expected.code);
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    });
  });

  test("is internal when the handler throws before its first message", async () => {
    await using measured = await startMeasured(wire, {
      serverStream() {
        throw new Error("secret");
      },
    });
    await expect(readAll(measured.client.serverStream({}))).rejects.toThrow("[internal]");
    const code = spell(wire, "internal");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });

  test("is canceled at once when the client cancels, though the handler hangs", async () => {
    const cancel = new AbortController();
    await using measured = await startMeasured(wire, {
      async *serverStream() {
        yield { text: "first" };
        await new Promise(() => {});
      },
    });
    const stream = measured.client.serverStream({}, { signal: cancel.signal });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    cancel.abort();
    await expect(iterator.next()).rejects.toThrow("[canceled]");
    const code = spell(wire, "canceled");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s; 0 active, 1 received, 1 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    });
  });

  test("is past its deadline when that comes between messages", async () => {
    await using measured = await startMeasured(wire, {
      async *serverStream(_, context) {
        yield { text: "first" };
        await aborted(context);
        throw new Error("cannot go on");
      },
    });
    const stream = measured.client.serverStream({}, { timeoutMs: 50 });
    const responses = stream[Symbol.asyncIterator]();
    await responses.next();
    vi.advanceTimersByTime(50);
    await expect(responses.next()).rejects.toThrow("[deadline_exceeded]");
    const code = spell(wire, "deadline_exceeded");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    });
  });

  test("is finished, canceled, when its reader leaves and forgets it", async () => {
    await using measured = await startMeasured(wire, {
      async *serverStream(_, context) {
        yield { text: "first" };
        yield { text: "second" };
        await aborted(context);
      },
    });
    await readOne(measured);
    await collectGarbageUntil(() => measured.clocks.client.finishedCalls === 1);
    const code = spell(wire, "canceled");
    expect((await measured.reportNow()).client).toBe(
      `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    );
  });

  test("is finished, canceled, when nobody reads it at all", async () => {
    const entered = Promise.withResolvers<void>();
    await using measured = await startMeasured(wire, {
      async *serverStream(_, context) {
        entered.resolve();
        yield { text: "first" };
        await aborted(context);
      },
    });
    measured.client.serverStream({});
    await entered.promise;
    await collectGarbageUntil(() => measured.clocks.client.finishedCalls === 1);
    const code = spell(wire, "canceled");
    expect((await measured.reportNow()).client).toBe(
      `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    );
  });

  test("is finished once when it is canceled and then forgotten", async () => {
    const cancel = new AbortController();
    const entered = Promise.withResolvers<void>();
    await using measured = await startMeasured(wire, {
      async *serverStream(_, context) {
        entered.resolve();
        await aborted(context);
        yield { text: "to nobody" };
      },
    });
    const stream = measured.client.serverStream({}, { signal: cancel.signal });
    const read = stream[Symbol.asyncIterator]().next();
    await entered.promise;
    cancel.abort();
    await expect(read).rejects.toThrow("[canceled]");
    await measured.report();
    for (let round = 0; round < 5; round++) await collectGarbage();
    const code = spell(wire, "canceled");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });
});

/** In a function of its own, so that nothing here still refers to the stream. */
async function readOne(measured: Measured): Promise<void> {
  for await (const { text } of measured.client.serverStream({})) {
    expect(text).toBe("first");
    break;
  }
}
