// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { startMetricsServer } from "@labwire/otelkit/prometheus";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../config.ts";
import { freePort } from "../free-port.ts";
import { silentLogger } from "../logger.ts";
import type { OpenCacheOptions } from "./cache.open.ts";
import { openCache } from "./cache.open.ts";
import { cacheVariables } from "./cache-variables.ts";

const at = { key: "a", group: "a", revive: (json: unknown) => json as { n: number } };

test("openCache() keeps entries in memory when the store tells what others write", async () => {
  const { read, metrics } = await open({ version: () => 1 });

  expect([await read(), await read()]).toEqual([1, 1]);
  expect(await metrics("cache_reads_total")).toEqual({ store: 1, local: 1 });
});

test("openCache() keeps no entries when neither the store nor Redis tells what others write", async () => {
  const { read, metrics } = await open({});

  expect([await read(), await read()]).toEqual([1, 2]);
  expect(await Promise.all([read(), read()])).toEqual([3, 3]);
  expect(await metrics("cache_reads_total")).toEqual({ store: 3, joined: 1 });
});

test("openCache() does not wait for a Redis that is away", async () => {
  const { read, metrics } = await open({ redis: `127.0.0.1:${await freePort()}` });

  expect([await read(), await read()]).toEqual([1, 2]);
  expect(await metrics("cache_reads_total")).toEqual({ store: 2 });
  expect(await metrics("cache_connected")).toEqual({ "": 0 });
});

test.each(["redis", "localhost:", "localhost:70000"])("REDIS_ADDR must not be '%s'", (text) => {
  expect(() => configOf(text)).toThrow(`Malformed REDIS_ADDR: must be an address like`);
});

async function open({
  version,
  redis = "",
}: Pick<OpenCacheOptions, "version"> & { redis?: string }) {
  const server = await startMetricsServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  const { meterProvider } = server;
  const config = configOf(redis);
  const cache = await openCache({
    ...{ name: "tests", config, version, meterProvider, logger: silentLogger },
  });
  onTestFinished(() => cache.close());
  let n = 0;
  return {
    read: async () => (await cache.read(at, async () => ({ n: ++n }))).n,
    /** The samples of a metric, by their tier. */
    metrics: async (name: string) => {
      const text = await (await fetch(server.url)).text();
      const samples = text.split("\n").filter((line) => line.startsWith(`${name}{`));
      return Object.fromEntries(
        samples.map((line) => [
          /cache_tier="(\w+)"/.exec(line)?.[1] ?? "",
          Number(line.split(" ").at(-1)),
        ]),
      );
    },
  };
}

function configOf(REDIS_ADDR: string) {
  return readConfig(cacheVariables, { env: { REDIS_ADDR } });
}
