// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { collectGarbage } from "../collect-garbage.testing.ts";
import { instrumentFetchHandler } from "./fetch-handler.ts";
import { setHttpRoute } from "./http-server.ts";
import { recordSeries } from "./record-series.testing.ts";

const duration = "http.server.request.duration";
const active = "http.server.active_requests";
const sizes = "http.server.response.body.size";
const get = "http.request.method=GET";

test("instrumentFetchHandler() measures a response until its body is read", async () => {
  const { options, clock, series } = recordSeries();
  const handle = instrumentFetchHandler((request: Request, suffix: string) => {
    setHttpRoute(request, "/greet");
    return new Response(`hello ${suffix}`, {
      status: 201,
      statusText: "Made",
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    });
  }, options);
  const response = await handle(new Request("https://a.example/greet"), "you");
  expect(await series(active)).toEqual([`${get} url.scheme=https 1`]);
  clock.ms += 50;
  expect(await response.text()).toBe("hello you");
  expect([response.status, response.statusText, response.headers.getSetCookie()]).toEqual([
    201,
    "Made",
    ["a=1", "b=2"],
  ]);
  const tail = `${get} http.response.status_code=201 http.route=/greet url.scheme=https`;
  expect(await series(duration)).toEqual([`${tail} 1/0.05`]);
  expect(await series(sizes)).toEqual([`${tail} 1/9`]);
  expect(await series(active)).toEqual([`${get} url.scheme=https 0`]);
});

test("instrumentFetchHandler() knows the declared length of a request, and that none has none", async () => {
  const { options, series } = recordSeries();
  const handle = instrumentFetchHandler(async () => new Response(null, { status: 204 }), options);
  const url = "http://a.example/";
  await handle(new Request(url));
  await handle(
    new Request(url, { method: "POST", body: "abc", headers: { "content-length": "3" } }),
  );
  await handle(new Request(url, { method: "PUT", body: "abc" }));
  const tail = "http.response.status_code=204 url.scheme=http";
  expect(await series("http.server.request.body.size")).toEqual([
    `${get} ${tail} 1/0`,
    `http.request.method=POST ${tail} 1/3`,
  ]);
  expect(await series(sizes)).toHaveLength(3);
});

test("instrumentFetchHandler() counts what a handler throws as the 500 that runtimes answer", async () => {
  const { options, series } = recordSeries();
  const url = "http://a.example/";
  const thrown = instrumentFetchHandler(() => {
    throw new RangeError("no");
  }, options);
  const rejected = instrumentFetchHandler(async () => {
    throw new RangeError("no");
  }, options);
  await expect(thrown(new Request(url))).rejects.toThrow(RangeError);
  await expect(rejected(new Request(url))).rejects.toThrow(RangeError);
  expect(await series(duration)).toEqual([
    `error.type=RangeError ${get} http.response.status_code=500 url.scheme=http 2/0`,
  ]);
});

/** A body that goes on until it is cancelled. */
function endlessBody(cancelled: (reason: unknown) => void = () => {}) {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: cancelled,
  });
}

const abortedLine = `error.type=aborted ${get} http.response.status_code=200 url.scheme=http`;

test("instrumentFetchHandler() ends a request whose body is cancelled, and cancels the handler's", async () => {
  const { options, series } = recordSeries();
  const cancelled = Promise.withResolvers<unknown>();
  const handle = instrumentFetchHandler(
    () => new Response(endlessBody(cancelled.resolve)),
    options,
  );
  const response = await handle(new Request("http://a.example/"));
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel("left");
  expect(await cancelled.promise).toBe("left");
  expect(await series(duration)).toEqual([`${abortedLine} 1/0`]);
  expect(await series(sizes)).toEqual([`${abortedLine} 1/10`]);
});

test("instrumentFetchHandler() ends a request whose body breaks", async () => {
  const { options, series } = recordSeries();
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new TypeError("broken"));
    },
  });
  const handle = instrumentFetchHandler(() => new Response(body), options);
  const response = await handle(new Request("http://a.example/"));
  await expect(response.text()).rejects.toThrow("broken");
  expect(await series(duration)).toEqual([`${abortedLine.replace("aborted", "body_failed")} 1/0`]);
});

test("instrumentFetchHandler() ends a request whose response nobody keeps", async () => {
  const { options, series } = recordSeries();
  const handle = instrumentFetchHandler(() => new Response("unread"), options);
  await (async () => expect((await handle(new Request("http://a.example/"))).status).toBe(200))();
  let ended: string[] = [];
  for (let round = 0; round < 500 && ended.length === 0; round++) {
    await collectGarbage();
    ended = await series(duration);
  }
  expect(ended).toEqual([`${abortedLine} 1/0`]);
});

test("instrumentFetchHandler() calls a handler as it is called itself", async () => {
  const { options } = recordSeries();
  const server = {
    name: "mine",
    fetch: instrumentFetchHandler(function (this: unknown, _: Request, suffix: string) {
      return new Response(`${(this as { name: string }).name} ${suffix}`);
    }, options),
  };
  expect(await (await server.fetch(new Request("http://a.example/"), "one")).text()).toBe(
    "mine one",
  );
});

test("instrumentFetchHandler() leaves a body that is read already to the runtime", async () => {
  const { options, series } = recordSeries();
  const used = new Response("used");
  await used.text();
  const locked = new Response("locked");
  locked.body?.getReader();
  for (const answer of [used, locked]) {
    const handle = instrumentFetchHandler(() => answer, options);
    expect(await handle(new Request("http://a.example/"))).toBe(answer);
  }
  expect(await series(active)).toEqual([`${get} url.scheme=http 0`]);
});

test.each([
  ["to HEAD", "HEAD", {}],
  ["that was told not to", "GET", { untilBodyEnd: false }],
])(
  "instrumentFetchHandler() does not wait for the body of an answer %s",
  async (_, method, more) => {
    const { options, series } = recordSeries();
    const answer = new Response("body");
    const handle = instrumentFetchHandler(() => answer, { ...options, ...more });
    expect(await handle(new Request("http://a.example/", { method }))).toBe(answer);
    expect(await series(duration)).toEqual([expect.stringMatching(/ 1\/0$/)]);
  },
);

test("instrumentFetchHandler() ends a request that Bun upgraded", async () => {
  const { options, series } = recordSeries();
  const handle = instrumentFetchHandler(() => undefined, options);
  expect(await handle(new Request("http://a.example/"))).toBe(undefined);
  expect(await series(duration)).toEqual([`${get} url.scheme=http 1/0`]);
});
