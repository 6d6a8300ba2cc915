// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { watchStream } from "./watched-stream.ts";

/** A stream by hand, whose iterator is what a test says. */
function streamOf(iterator: object): AsyncIterable<number> {
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<number> };
}

function watched(stream: AsyncIterable<number>) {
  const seen: string[] = [];
  const iterable = watchStream(stream, {
    message: (message) => seen.push(`message ${message}`),
    end: () => seen.push("end"),
    fail: (error) => seen.push(`fail ${(error as Error).message}`),
    leave: () => seen.push("leave"),
  });
  return { seen, iterable };
}

async function readAll(stream: AsyncIterable<number>): Promise<number[]> {
  const messages: number[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

test("watchStream() passes messages and the end through", async () => {
  const { seen, iterable } = watched(
    (async function* () {
      yield 1;
      yield 2;
    })(),
  );
  expect(await readAll(iterable)).toEqual([1, 2]);
  expect(seen).toEqual(["message 1", "message 2", "end"]);
});

test("watchStream() reads an iterator that answers without a promise, as 'for await' does", async () => {
  let n = 0;
  const { seen, iterable } = watched(streamOf({ next: () => ({ done: n === 2, value: ++n }) }));
  expect(await readAll(iterable)).toEqual([1, 2]);
  expect(seen).toEqual(["message 1", "message 2", "end"]);
});

test("watchStream() throws on, and tells, what 'next' throws at once", async () => {
  const thrown = new Error("no rows");
  const { seen, iterable } = watched(
    streamOf({
      next() {
        throw thrown;
      },
    }),
  );
  const iterator = iterable[Symbol.asyncIterator]();
  expect(() => iterator.next()).toThrow(thrown);
  expect(seen).toEqual(["fail no rows"]);
});

test("watchStream() throws on, and tells, what the stream throws when it is opened", () => {
  const thrown = new Error("no cursor");
  const { seen, iterable } = watched({
    [Symbol.asyncIterator]() {
      throw thrown;
    },
  });
  expect(() => iterable[Symbol.asyncIterator]()).toThrow(thrown);
  expect(seen).toEqual(["fail no cursor"]);
});

test("watchStream() rejects with the very error of the stream", async () => {
  const thrown = new Error("broken");
  const { seen, iterable } = watched(streamOf({ next: () => Promise.reject(thrown) }));
  await expect(readAll(iterable)).rejects.toBe(thrown);
  expect(seen).toEqual(["fail broken"]);
});

test("watchStream() has 'return' and 'throw' only where the stream has them, and their results", async () => {
  const bare = watched(streamOf({ next: async () => ({ done: true, value: 0 }) }));
  const { return: leave, throw: fail } = bare.iterable[Symbol.asyncIterator]();
  expect([leave, fail]).toEqual([undefined, undefined]);

  const calls: unknown[][] = [];
  const whole = {
    next: async () => ({ done: false, value: 1 }),
    async return(...args: unknown[]) {
      calls.push([this === whole, "return", ...args]);
      return { done: true, value: 7 };
    },
    async throw(...args: unknown[]) {
      calls.push([this === whole, "throw", ...args]);
      return { done: true, value: 8 };
    },
  };
  const { seen, iterable } = watched(streamOf(whole));
  const iterator = iterable[Symbol.asyncIterator]();
  const error = new Error("stop");
  expect([await iterator.throw?.(error), await iterator.return?.("bye")]).toEqual([
    { done: true, value: 8 },
    { done: true, value: 7 },
  ]);
  expect(calls).toEqual([
    [true, "throw", error],
    [true, "return", "bye"],
  ]);
  expect(seen).toEqual(["fail stop", "leave"]);
});

test("watchStream() does not keep 'return' waiting behind a 'next' that is pending", async () => {
  const { promise, resolve } = Promise.withResolvers<IteratorResult<number>>();
  const { seen, iterable } = watched(
    streamOf({
      next: () => promise,
      return: async () => ({ done: true, value: 0 }),
    }),
  );
  const iterator = iterable[Symbol.asyncIterator]();
  const pending = iterator.next();
  expect(await iterator.return?.()).toEqual({ done: true, value: 0 });
  expect(seen).toEqual(["leave"]);
  resolve({ done: true, value: 0 });
  expect(await pending).toEqual({ done: true, value: 0 });
});
