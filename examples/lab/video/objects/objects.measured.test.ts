// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { recordMetrics } from "../../kit/telemetry/metrics.testing.ts";
import { measureObjects } from "./objects.measured.ts";
import type { ObjectStore } from "./objects.ts";

const count = "lab_object_store_operation_duration_seconds_count";

function fakeObjects(): ObjectStore {
  return {
    put: async (_name, chunks) => {
      let bytes = 0;
      for await (const chunk of chunks) bytes += chunk.length;
      return bytes;
    },
    delete: async () => {
      throw new TypeError("refused");
    },
    list: async function* () {
      yield { name: "a", modifiedAt: new Date(0) };
      yield { name: "b", modifiedAt: new Date(0) };
    },
    read: async () => new Uint8Array([1]),
    url: (name) => `http://host/${name}`,
    sourceUrl: async (name) => `http://host/${name}?signed`,
    removeParts: async () => 3,
  };
}

test("measureObjects() counts every operation, and answers what the store does", async () => {
  const { meterProvider, series } = await recordMetrics();
  const objects = measureObjects(fakeObjects(), { meterProvider, system: "s3" });
  const names: string[] = [];

  const answers = [
    await objects.put(
      "a",
      (async function* () {
        yield new Uint8Array(3);
      })(),
    ),
    await objects.read("a", 0, 1),
    objects.url("a"),
    await objects.sourceUrl("a"),
    await objects.removeParts(new Date()),
  ];
  for await (const { name } of objects.list("")) names.push(name);
  await expect(objects.delete("a")).rejects.toThrow("refused");

  expect([answers, names]).toEqual([
    [3, new Uint8Array([1]), "http://host/a", "http://host/a?signed", 3],
    ["a", "b"],
  ]);
  const labels = (operation: string) =>
    `lab_object_store_operation="${operation}",lab_object_store_system="s3"`;
  expect(await series(count)).toEqual([
    `{error_type="TypeError",${labels("delete")}} 1`,
    `{${labels("list")}} 3`,
    `{${labels("put")}} 1`,
    `{${labels("read")}} 1`,
    `{${labels("remove_parts")}} 1`,
  ]);
});

test("measureObjects() ends the store's listing when its reader leaves early", async () => {
  const { meterProvider } = await recordMetrics();
  let ended = false;
  const list = async function* () {
    try {
      yield { name: "a", modifiedAt: new Date(0) };
      yield { name: "b", modifiedAt: new Date(0) };
    } finally {
      ended = true;
    }
  };
  const objects = measureObjects({ ...fakeObjects(), list }, { meterProvider, system: "file" });

  for await (const _ of objects.list("")) break;

  expect(ended).toBe(true);
});
