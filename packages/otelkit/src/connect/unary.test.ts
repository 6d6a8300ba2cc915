// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aborted, allWires, http1Wires, http2Wires, spell, startMeasured } from "./wire.testing.ts";

// Deadlines are moments that a test chooses: those of both sides pass at once.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(allWires)("A unary call, $name,", (wire) => {
  test("is OK when the handler returns, and its response is unchanged", async () => {
    await using measured = await startMeasured(wire, {
      unary(request) {
        measured.pass(50);
        return { text: request.text };
      },
    });
    expect((await measured.client.unary({ text: "hello" })).text).toBe("hello");
    await measured.client.unary({ text: "again" });
    expect(await measured.report(2)).toEqual({
      server: "2 OK in 0.1 s; 0 active, 2 received, 2 sent",
      client: "2 OK in 0.1 s; 0 active, 2 received, 2 sent",
    });
  });

  test("is active while the handler runs", async () => {
    const { promise: answer, resolve } = Promise.withResolvers<{ text: string }>();
    const entered = Promise.withResolvers<void>();
    await using measured = await startMeasured(wire, {
      unary() {
        entered.resolve();
        return answer;
      },
    });
    const response = measured.client.unary({});
    await entered.promise;
    expect(await measured.reportNow()).toEqual({
      server: "; 1 active, 1 received, 0 sent",
      client: "; 1 active, 0 received, 1 sent",
    });
    resolve({ text: "" });
    await response;
    expect((await measured.report()).server).toMatch("0 active, 1 received, 1 sent");
  });

  test("has the code of a ConnectError, which is no fault of the server when it is the caller's", async () => {
    await using measured = await startMeasured(wire, {
      unary() {
        measured.pass(5);
        throw new ConnectError("no such thing", Code.NotFound);
      },
    });
    await expect(measured.client.unary({})).rejects.toThrow("[not_found] no such thing");
    const code = spell(wire, "not_found");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0.005 s; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0.005 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });

  test.each([new Error("secret"), new DOMException("secret", "AbortError")])(
    "is internal, as on the wire, when the handler throws %s",
    async (thrown) => {
      await using measured = await startMeasured(wire, {
        async unary() {
          throw thrown;
        },
      });
      await expect(measured.client.unary({})).rejects.toThrow("[internal] internal error");
      const code = spell(wire, "internal");
      expect(await measured.report()).toEqual({
        server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 0 sent`,
        client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
      });
    },
  );

  test.each(["throws", "returns"])(
    "is canceled when the client cancels and the handler then %s",
    async (ending) => {
      const cancel = new AbortController();
      await using measured = await startMeasured(wire, {
        async unary(_, context) {
          cancel.abort();
          await aborted(context);
          if (ending === "throws") throw new Error("cannot go on");
          return {};
        },
      });
      const response = measured.client.unary({}, { signal: cancel.signal });
      await expect(response).rejects.toThrow("[canceled]");
      const code = spell(wire, "canceled");
      expect(await measured.report()).toEqual({
        server: `1 ${code} in 0 s; 0 active, 1 received, 0 sent`,
        client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
      });
    },
  );

  test("is past its deadline, and not internal, when the handler throws an AbortError for it", async () => {
    await using measured = await startMeasured(wire, {
      async unary(_, context) {
        vi.advanceTimersByTime(50);
        await aborted(context);
        throw new DOMException("This operation was aborted", "AbortError");
      },
    });
    const response = measured.client.unary({}, { timeoutMs: 50 });
    await expect(response).rejects.toThrow("[deadline_exceeded]");
    const code = spell(wire, "deadline_exceeded");
    expect(await measured.report()).toEqual({
      server: `1 ${code} in 0 s, error ${code}; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });

  test("stays OK when its signal is aborted after the handler returned", async () => {
    const cancel = new AbortController();
    await using measured = await startMeasured(wire, { unary: () => ({ text: "done" }) });
    await measured.client.unary({}, { signal: cancel.signal });
    cancel.abort();
    expect(await measured.report()).toEqual({
      server: "1 OK in 0 s; 0 active, 1 received, 1 sent",
      client: "1 OK in 0 s; 0 active, 1 received, 1 sent",
    });
  });
});

describe.each([...http2Wires, ...http1Wires])("A unary call, $name,", (wire) => {
  test("is canceled, and not internal, when the client's deadline is not known to the server", async () => {
    const hideDeadline: Interceptor = (next) => (request) => {
      request.header.delete("grpc-timeout");
      request.header.delete("connect-timeout-ms");
      return next(request);
    };
    await using measured = await startMeasured(
      wire,
      {
        async unary(_, context) {
          vi.advanceTimersByTime(50);
          await aborted(context);
          throw new Error("cannot go on");
        },
      },
      [hideDeadline],
    );
    const response = measured.client.unary({}, { timeoutMs: 50 });
    await expect(response).rejects.toThrow("[deadline_exceeded]");
    const code = spell(wire, "deadline_exceeded");
    expect(await measured.report()).toEqual({
      server: `1 ${spell(wire, "canceled")} in 0 s; 0 active, 1 received, 0 sent`,
      client: `1 ${code} in 0 s, error ${code}; 0 active, 0 received, 1 sent`,
    });
  });
});
