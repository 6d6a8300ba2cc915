// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import { labMeter, timed } from "../../kit/telemetry/operation-duration.ts";
import type { ObjectStore } from "./objects.ts";

export interface MeasureObjectsOptions {
  readonly meterProvider: MeterProvider;
  /** What keeps the objects: `file` or `s3`. */
  readonly system: string;
}

/**
 * The object store, with every operation measured. The semantic conventions have no names for
 * object stores, so these are the lab's own, in their manner. A `put` takes as long as its sender,
 * and fails with it: its errors are the store's only when their type says so.
 */
export function measureObjects(objects: ObjectStore, options: MeasureObjectsOptions): ObjectStore {
  const { meterProvider, system } = options;
  const histogram = meterProvider
    .getMeter(labMeter)
    .createHistogram("lab.object_store.operation.duration", {
      description: "Duration of operations of the object store's client.",
      unit: "s",
      advice: { explicitBucketBoundaries: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300] },
    });
  const operation = (name: string) => ({
    histogram,
    attributes: Object.freeze({
      "lab.object_store.system": system,
      "lab.object_store.operation": name,
    }),
  });
  const [put, remove, list, read, removeParts] = [
    operation("put"),
    operation("delete"),
    operation("list"),
    operation("read"),
    operation("remove_parts"),
  ];

  return {
    put: (...args) => timed(put, () => objects.put(...args)),
    delete: (name) => timed(remove, () => objects.delete(name)),
    // Page by page, since in between whoever reads the list does something else.
    list: async function* (prefix) {
      const pages = objects.list(prefix)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = await timed(list, () => pages.next());
          if (done) return;
          yield value;
        }
      } finally {
        await pages.return?.();
      }
    },
    read: (...args) => timed(read, () => objects.read(...args)),
    url: (name) => objects.url(name),
    sourceUrl: (name) => objects.sourceUrl(name),
    removeParts: (before) => timed(removeParts, () => objects.removeParts(before)),
  };
}
