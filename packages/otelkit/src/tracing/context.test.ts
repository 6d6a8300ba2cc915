// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Client,
  createClient,
  createRouterTransport,
  type Interceptor,
} from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import { context, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { describe, expect, test } from "vitest";
import { createClientInterceptor } from "../connect/client-interceptor.ts";
import { readAll } from "../connect/read-all.testing.ts";
import { watchStream } from "../connect/watched-stream.ts";
import { allWires, duplexWires } from "../connect/wire.testing.ts";
import { createTestTraces, layers, startTraced, useContextManager } from "./traces.testing.ts";

useContextManager();

async function* messages(...texts: string[]) {
  for (const text of texts) yield { text };
}

/** Identity of the span that is active. */
function activeId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().spanId;
}

function idOf(span: ReadableSpan | undefined): string | undefined {
  return span?.spanContext().spanId;
}

/** Notes which span is active, at moments that have names. */
function createLookout() {
  const seen: Record<string, string | undefined> = {};
  return {
    seen,
    look(moment: string) {
      seen[moment] = activeId();
    },
  };
}

/** Lets everything else that can run do so. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const onAll = allWires.flatMap((wire) => layers.map((layer) => ({ wire, layer, name: wire.name })));
const onDuplex = onAll.filter(({ wire }) => duplexWires.includes(wire));

describe.each(onAll)("A handler, $name, by $layer,", ({ wire, layer }) => {
  test("finds the span of its call active when it is unary", async () => {
    const { seen, look } = createLookout();
    const handlers = {
      async unary({ text }: { text: string }) {
        look("first");
        await turn();
        look("after a wait");
        return { text };
      },
    };
    await using traced = await startTraced(wire, handlers, { layer });
    await traced.client.unary({ text: "a" });
    const id = idOf((await traced.traces.ended(2))[0]);
    expect(seen).toEqual({ first: id, "after a wait": id });
  });

  test("finds the span of its call active while it reads a client's stream", async () => {
    const { seen, look } = createLookout();
    await using traced = await startTraced(
      wire,
      {
        async clientStream(requests) {
          look("first");
          for await (const { text } of requests) look(text);
          await turn();
          look("last");
          return { texts: [] };
        },
      },
      { layer },
    );
    await traced.client.clientStream(messages("a", "b"));
    const id = idOf((await traced.traces.ended(2))[0]);
    expect(seen).toEqual({ first: id, a: id, b: id, last: id });
  });

  test("finds the span of its call active before and after each yield", async () => {
    const { seen, look } = createLookout();
    await using traced = await startTraced(
      wire,
      {
        async *serverStream({ count }) {
          look("first");
          for (let n = 0; n < count; n++) {
            await turn();
            look(`before ${n}`);
            yield { text: `${n}` };
            look(`after ${n}`);
          }
        },
      },
      { layer },
    );
    expect(await readAll(traced.client.serverStream({ count: 2 }))).toEqual(["0", "1"]);
    const id = idOf((await traced.traces.ended(2))[0]);
    expect(seen).toEqual({
      first: id,
      "before 0": id,
      "after 0": id,
      "before 1": id,
      "after 1": id,
    });
  });
});

describe.each(onDuplex)("Two bidi streams at once, $name, by $layer,", ({ wire, layer }) => {
  test("do not see each other's spans, nor do the calls that they make", async () => {
    const traces = createTestTraces();
    const inner = createClient(
      EchoService,
      createRouterTransport(({ service }) => service(EchoService, { unary: () => ({}) }), {
        transport: {
          interceptors: [createClientInterceptor({ tracerProvider: traces.tracerProvider })],
        },
      }),
    );
    const seen = { a: new Set(), b: new Set() };
    await using traced = await startTraced(
      wire,
      {
        async *bidiStream(requests) {
          for await (const { text } of requests) {
            const ids = seen[text as "a" | "b"];
            ids.add(activeId());
            yield { text };
            ids.add(activeId());
            await inner.unary({});
            ids.add(activeId());
          }
        },
      },
      { layer, traces, headerAttributes: ["stream"] },
    );
    await Promise.all([talk(traced.client, "a"), talk(traced.client, "b")]);
    const spans = await traces.ended(8);
    for (const name of ["a", "b"] as const) {
      const server = spans.find(
        ({ kind, attributes }) =>
          kind === 1 && String(attributes["rpc.request.header.stream"]) === name,
      );
      expect([...seen[name]]).toEqual([idOf(server)]);
      const children = spans.filter((span) => span.parentSpanContext?.spanId === idOf(server));
      expect(children.map((span) => span.name)).toEqual(
        Array(2).fill("labwire.testdata.v1.EchoService/Unary"),
      );
    }
  });
});

/** Sends its name twice, the second time when the first has come back. */
async function talk(client: Client<typeof EchoService>, name: string): Promise<void> {
  const back = Promise.withResolvers<void>();
  async function* requests() {
    yield { text: name };
    await back.promise;
    yield { text: name };
  }
  for await (const _ of client.bidiStream(requests(), { headers: { stream: name } }))
    back.resolve();
}

describe.each(duplexWires)("A client, $name,", (wire) => {
  test("has its span active in what belongs to the call, and the caller its own", async () => {
    const { seen, look } = createLookout();
    const after: Interceptor = (next) => async (req) => {
      look("interceptor");
      const res = await next(req);
      look("interceptor after the call");
      if (!res.stream) return res;
      const { message } = res;
      async function* responses() {
        for await (const response of message) {
          look("response in an interceptor");
          yield response;
          look("after it");
        }
      }
      return { ...res, message: responses() };
    };
    async function* requests() {
      look("request");
      yield { text: "a" };
      look("next request");
      yield { text: "b" };
    }
    await using traced = await startTraced(
      wire,
      {
        async *bidiStream(stream) {
          for await (const { text } of stream) yield { text };
        },
      },
      { clientInterceptors: [after] },
    );
    const caller = traced.traces.tracerProvider.getTracer("test").startSpan("caller");
    await context.with(trace.setSpan(context.active(), caller), async () => {
      for await (const _ of traced.client.bidiStream(requests())) look("caller at a response");
      look("caller at the end");
    });
    const [, client] = await traced.traces.ended(2);
    const ids = { call: idOf(client), caller: caller.spanContext().spanId };
    expect(client?.parentSpanContext?.spanId).toBe(ids.caller);
    expect(seen).toEqual({
      interceptor: ids.call,
      request: ids.call,
      "next request": ids.call,
      "interceptor after the call": ids.call,
      "response in an interceptor": ids.call,
      "after it": ids.call,
      "caller at a response": ids.caller,
      "caller at the end": ids.caller,
    });
  });
});

test.each(["return", "throw"] as const)(
  "watchStream() has its context active in what a generator does at %s",
  async (method) => {
    const { tracerProvider } = createTestTraces();
    const span = tracerProvider.getTracer("test").startSpan("call");
    const active = trace.setSpan(context.active(), span);
    const { seen, look } = createLookout();
    async function* generate() {
      try {
        yield 1;
      } finally {
        look("at once");
        await turn();
        look("after a wait");
      }
    }
    const iterator = watchStream(generate(), {}, active)[Symbol.asyncIterator]();
    await iterator.next();
    await Promise.allSettled([iterator[method]?.(new Error("left"))]);
    const { spanId } = span.spanContext();
    expect(seen).toEqual({ "at once": spanId, "after a wait": spanId });
    expect(activeId()).toBe(undefined);
  },
);
