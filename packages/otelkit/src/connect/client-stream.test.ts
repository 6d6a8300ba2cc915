// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aborted, allWires, spell, startMeasured } from "./wire.testing.ts";

async function* messages(...texts: string[]) {
  for (const text of texts) yield { text };
}

/** Sends one message, then keeps the stream open. */
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

describe.each(allWires)("A client stream, $name,", (wire) => {
  test("is OK when the handler returns, and its messages are unchanged", async () => {
    await using measured = await startMeasured(wire, {
      async clientStream(requests) {
        const texts: string[] = [];
        for await (const { text } of requests) texts.push(text);
        measured.pass(150);
        return { texts };
      },
    });
    const response = await measured.client.clientStream(messages("a", "b", "c"));
    expect(response.texts).toEqual(["a", "b", "c"]);
    expect(await measured.report()).toEqual({
      server: "1 OK in 0.15 s; 0 active, 3 received, 1 sent",
      client: "1 OK in 0.15 s; 0 active, 1 received, 3 sent",
    });
  });

  test.each([
    { thrown: new ConnectError("full", Code.ResourceExhausted), code: "resource_exhausted" },
    { thrown: new Error("secret"), code: "internal" },
  ])("is $code when the handler throws $thrown", async ({ thrown, code: name }) => {
    await using measured = await startMeasured(wire, {
      async clientStream(requests) {
        for await (const _ of requests);
        throw thrown;
      },
    });
    await expect(measured.client.clientStream(messages("a"))).rejects.toThrow(`[${name}]`);
    const code = spell(wire, name);
    const fault = name === "internal" ? `, error ${code}` : "";
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s${fault}; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });

  test("is OK when the handler answers without reading", async () => {
    await using measured = await startMeasured(wire, {
      async clientStream() {
        return { texts: ["no need"] };
      },
    });
    const response = await measured.client.clientStream(messages());
    expect(response.texts).toEqual(["no need"]);
    expect((await measured.report()).server).toBe("1 OK in 0 s; 0 active, 0 received, 1 sent");
  });

  test("is canceled when the client cancels while the handler reads", async () => {
    const cancel = new AbortController();
    await using measured = await startMeasured(wire, {
      async clientStream(requests, context) {
        for await (const _ of requests) cancel.abort();
        // Over HTTP/2 the requests end as if they were complete, just before the signal.
        await aborted(context);
        return {};
      },
    });
    const response = measured.client.clientStream(unending(), { signal: cancel.signal });
    await expect(response).rejects.toThrow("[canceled]");
    const code = spell(wire, "canceled");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });

  test("is past its deadline when the client does not end it in time", async () => {
    await using measured = await startMeasured(wire, {
      async clientStream(requests, context) {
        for await (const _ of requests) vi.advanceTimersByTime(50);
        await aborted(context);
        return {};
      },
    });
    const response = measured.client.clientStream(unending(), { timeoutMs: 50 });
    await expect(response).rejects.toThrow("[deadline_exceeded]");
    const code = spell(wire, "deadline_exceeded");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });
});
