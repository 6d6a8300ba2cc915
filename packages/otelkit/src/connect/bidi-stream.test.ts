// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aborted, duplexWires, spell, startMeasured } from "./wire.testing.ts";

async function* messages(...texts: string[]) {
  for (const text of texts) yield { text };
}

async function* unending() {
  yield { text: "first" };
  await new Promise(() => {});
}

// Deadlines are moments that a test chooses: those of both sides pass at once.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(duplexWires)("A bidi stream, $name,", (wire) => {
  test("counts both ways while it runs, and is OK at its end", async () => {
    const next = Promise.withResolvers<void>();
    await using measured = await startMeasured(wire, {
      async *bidiStream(requests) {
        for await (const { text } of requests) yield { text };
        measured.pass(5);
      },
    });
    async function* requests() {
      yield { text: "a" };
      await next.promise;
      yield { text: "b" };
    }
    const responses = measured.client.bidiStream(requests())[Symbol.asyncIterator]();
    expect((await responses.next()).value.text).toBe("a");
    expect(await measured.reportNow()).toEqual({
      server: "; 1 active, 1 received, 1 sent",
      client: "; 1 active, 1 received, 1 sent",
    });
    next.resolve();
    expect((await responses.next()).value.text).toBe("b");
    expect((await responses.next()).done).toBe(true);
    expect(await measured.report()).toEqual({
      server: "1 OK in 0.005 s; 0 active, 2 received, 2 sent",
      client: "1 OK in 0.005 s; 0 active, 2 received, 2 sent",
    });
  });

  test.each([
    { thrown: new ConnectError("stop", Code.Aborted), code: "aborted" },
    { thrown: new Error("secret"), code: "internal" },
  ])("is $code when the handler throws $thrown", async ({ thrown, code: name }) => {
    await using measured = await startMeasured(wire, {
      async *bidiStream(requests) {
        for await (const { text } of requests) yield { text };
        throw thrown;
      },
    });
    const responses = measured.client.bidiStream(messages("a"))[Symbol.asyncIterator]();
    await responses.next();
    await expect(responses.next()).rejects.toThrow(`[${name}]`);
    const code = spell(wire, name);
    const fault = name === "internal" ? `, error ${code}` : "";
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s${fault}; 0 active, 1 received, 1 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    });
  });

  test("is canceled when the client cancels in the middle", async () => {
    const cancel = new AbortController();
    await using measured = await startMeasured(wire, {
      async *bidiStream(requests, context) {
        for await (const { text } of requests) yield { text };
        // Over HTTP/2 the requests end as if they were complete, just before the signal.
        await aborted(context);
      },
    });
    const stream = measured.client.bidiStream(unending(), { signal: cancel.signal });
    const responses = stream[Symbol.asyncIterator]();
    await responses.next();
    cancel.abort();
    await expect(responses.next()).rejects.toThrow("[canceled]");
    const code = spell(wire, "canceled");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s; 0 active, 1 received, 1 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    });
  });

  test("is past its deadline when that comes in the middle", async () => {
    await using measured = await startMeasured(wire, {
      async *bidiStream(requests, context) {
        for await (const { text } of requests) yield { text };
        // Over HTTP/2 the requests end as if they were complete, just before the signal.
        await aborted(context);
      },
    });
    const responses = measured.client
      .bidiStream(unending(), { timeoutMs: 50 })
      [Symbol.asyncIterator]();
    await responses.next();
    vi.advanceTimersByTime(50);
    await expect(responses.next()).rejects.toThrow("[deadline_exceeded]");
    const code = spell(wire, "deadline_exceeded");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 1 sent`,
    });
  });
});
