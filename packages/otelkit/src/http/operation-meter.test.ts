// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type DiagLogger, diag } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { OtelkitError } from "../otelkit-error.ts";
import { createMetricStore } from "../store/create-metric-store.ts";
import { attachStore } from "../store/store-of.ts";
import { createOperationMeter } from "./operation-meter.ts";
import { databaseMetrics, jobMetrics, type OperationMetric } from "./presets.ts";
import { recordSeries } from "./record-series.testing.ts";

class NotFound extends Error {
  override readonly name = "NotFound";
}

async function* rows() {
  yield 1;
  yield 2;
}

test("measure() records a database operation once, with its error's code or class", async () => {
  const { options, clock, series } = recordSeries();
  const attributes = { "db.system.name": "postgresql" };
  const db = createOperationMeter({ ...options, metrics: databaseMetrics, attributes });

  const title = await db.measure("SELECT", async () => {
    clock.ms += 20;
    return "a title";
  });
  expect(title).toBe("a title");
  expect(db.measure("BEGIN", () => 7)).toBe(7);
  const duplicate = Object.assign(new Error("key 'x' exists"), { code: "23505" });
  await expect(db.measure("INSERT", () => Promise.reject(duplicate))).rejects.toBe(duplicate);
  const thrown = () =>
    db.measure(
      "SELECT",
      (): number => {
        throw new NotFound("no 7");
      },
      { host: "db" },
    );
  expect(thrown).toThrow("no 7");

  expect(await series("db.client.operation.duration")).toEqual([
    "db.operation.name=BEGIN db.system.name=postgresql 1/0",
    "db.operation.name=INSERT db.system.name=postgresql error.type=23505 1/0",
    "db.operation.name=SELECT db.system.name=postgresql 1/0.02",
    "db.operation.name=SELECT db.system.name=postgresql error.type=NotFound host=db 1/0",
  ]);
});

test("measure() asks a query builder for its result once", async () => {
  const { options } = recordSeries();
  const db = createOperationMeter({ ...options, metrics: databaseMetrics });
  let queries = 0;
  const builder: PromiseLike<string> = {
    // biome-ignore lint/suspicious/noThenProperty: that is what query builders are.
    then(onValue, onError) {
      queries++;
      return Promise.resolve("row").then(onValue, onError);
    },
  };
  expect(await db.measure("SELECT", () => builder)).toBe("row");
  expect(queries).toBe(1);
});

test("measure() tells runs, failures and last success of a job from its first run on", async () => {
  const { options, clock, series } = recordSeries();
  const jobs = createOperationMeter({ ...options, metrics: jobMetrics });
  const gate = Promise.withResolvers<void>();

  const first = jobs.measure("heartbeat", () => gate.promise);
  expect(await series("job.active_runs")).toEqual(["job.name=heartbeat 1"]);
  expect(await series("job.failures")).toEqual(["job.name=heartbeat 0"]);
  expect(await series("job.last_success.timestamp")).toEqual([]);
  clock.ms += 2500;
  gate.resolve();
  await first;
  const [success] = await series("job.last_success.timestamp");
  await jobs.measure("heartbeat", () => Promise.reject(new Error("away"))).catch(() => {});

  expect(await series("job.active_runs")).toEqual(["job.name=heartbeat 0"]);
  expect(await series("job.runs")).toEqual(["job.name=heartbeat 2"]);
  expect(await series("job.failures")).toEqual(["job.name=heartbeat 1"]);
  expect(await series("job.duration")).toEqual([
    "job.name=heartbeat outcome=failure 1/0",
    "job.name=heartbeat outcome=success 1/2.5",
  ]);
  const seconds = Number(success?.split(" ").at(-1));
  expect(Math.abs(Date.now() / 1000 - seconds)).toBeLessThan(60);
  expect(await series("job.last_success.timestamp")).toEqual([success]);
});

test("measure() counts an error that is an answer as a success", async () => {
  const { options, series } = recordSeries();
  const isFailure = (error: unknown) => !(error instanceof NotFound);
  const jobs = createOperationMeter({ ...options, metrics: jobMetrics, isFailure });
  await expect(jobs.measure("get", () => Promise.reject(new NotFound()))).rejects.toThrow(NotFound);
  expect(await series("job.failures")).toEqual(["job.name=get 0"]);
  expect(await series("job.duration")).toEqual(["job.name=get outcome=success 1/0"]);
});

test("measureEach() measures a stream each time that it is read, to its end or until it is left", async () => {
  const { options, series } = recordSeries();
  const jobs = createOperationMeter({ ...options, metrics: jobMetrics });
  const read: number[] = [];
  for await (const row of jobs.measureEach("all", rows())) read.push(row);
  for await (const row of jobs.measureEach("left", rows())) {
    read.push(row);
    break;
  }
  const endless = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 9 }) }) };
  for await (const _ of jobs.measureEach("left without return", endless)) break;
  jobs.measureEach("unread", rows());
  const broken = jobs.measureEach("broken", {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new NotFound()) }),
  });
  await expect(broken[Symbol.asyncIterator]().next()).rejects.toThrow(NotFound);
  const closed = jobs.measureEach("closed", {
    [Symbol.asyncIterator]() {
      throw new NotFound();
    },
  });
  expect(() => closed[Symbol.asyncIterator]()).toThrow(NotFound);

  expect(read).toEqual([1, 2, 1]);
  expect(await series("job.duration")).toEqual([
    "job.name=all outcome=success 1/0",
    "job.name=broken outcome=failure 1/0",
    "job.name=closed outcome=failure 1/0",
    "job.name=left outcome=success 1/0",
    "job.name=left without return outcome=success 1/0",
  ]);
});

test("start() counts the first of several ends", async () => {
  const { options, series } = recordSeries();
  const jobs = createOperationMeter({ ...options, metrics: jobMetrics });
  const operation = jobs.start("callback");
  operation.fail(new Error("first"));
  operation.succeed();
  operation.fail(new Error("later"));
  expect(await series("job.duration")).toEqual(["job.name=callback outcome=failure 1/0"]);
  expect(await series("job.active_runs")).toEqual(["job.name=callback 0"]);
});

/** Names and labels of seeds/004 that dashboards have already. */
const connectMetrics: OperationMetric[] = [
  { measure: "finished", name: "wolt_db_connect_success", labels: { status: "outcome" } },
  {
    measure: "duration",
    name: "wolt_db_connect_time",
    unit: "",
    boundaries: [0.01, 0.02, 0.04, 0.08],
    labels: {},
  },
];

test("createOperationMeter() takes names and labels of one's own", async () => {
  const { options, clock, series } = recordSeries();
  const connect = createOperationMeter({ ...options, metrics: connectMetrics });
  const host = { host: "10.0.0.7" };
  const connected = connect.start("connect", host);
  clock.ms += 30;
  connected.succeed();
  const failed = connect.start("connect", host);
  failed.fail(new Error("refused"));
  expect(await series("wolt_db_connect_success")).toEqual([
    "host=10.0.0.7 status=failure 1",
    "host=10.0.0.7 status=success 1",
  ]);
  expect(await series("wolt_db_connect_time")).toEqual(["host=10.0.0.7 2/0.03"]);
});

test("createOperationMeter() tells of the last success and the rest in a store too", async () => {
  const { options, meterProvider, series } = recordSeries();
  const store = createMetricStore();
  attachStore(meterProvider, store);
  const attributeFilter = (name: string) => name !== "secret";
  const jobs = createOperationMeter({ ...options, attributeFilter, metrics: jobMetrics });
  jobs.measure("tidy", () => {}, { secret: "x" });
  const { resourceMetrics } = await store.collect();
  const stored = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.map((p) => p.attributes),
    ]),
  );
  expect(Object.fromEntries(stored)).toMatchObject({
    "job.runs": [{ "job.name": "tidy" }],
    "job.duration": [{ "job.name": "tidy", outcome: "success" }],
  });
  expect(await series("job.last_success.timestamp")).toEqual([
    expect.stringMatching(/^job\.name=tidy \d+/),
  ]);
});

test("createOperationMeter() keeps the number of series bounded, and sums right", async () => {
  const { options, series } = recordSeries();
  const jobs = createOperationMeter({ ...options, metrics: jobMetrics, cardinalityLimit: 3 });
  for (let i = 0; i < 50; i++) jobs.measure(`job ${i}`, () => {});
  expect(await series("job.runs")).toEqual([
    "job.name=job 0 1",
    "job.name=job 1 1",
    "otel.metric.overflow=true 48",
  ]);
  expect(await series("job.active_runs")).toEqual([
    "job.name=job 0 0",
    "job.name=job 1 0",
    "otel.metric.overflow=true 0",
  ]);
});

test("measure() works when hooks, clock and instruments fail, and tells diag", async () => {
  const logger = { error: vi.fn() } as unknown as DiagLogger;
  diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  const fail = () => {
    throw new Error("no");
  };
  const { options, series } = recordSeries();
  const jobs = createOperationMeter({
    ...options,
    metrics: jobMetrics,
    isFailure: fail,
    now: fail,
  });
  expect(() => jobs.measure("odd", fail)).toThrow("no");
  expect(await series("job.duration")).toEqual(["job.name=odd outcome=failure 1/0"]);

  const meterProvider = { getMeter: fail };
  const dead = createOperationMeter({ metrics: jobMetrics, meterProvider });
  expect(dead.measure("unmeasured", () => 1)).toBe(1);
  expect(vi.mocked(logger.error).mock.calls.map(([message]) => message)).toEqual([
    "@labwire/otelkit: Clock failed",
    "@labwire/otelkit: The option 'isFailure' failed",
    "@labwire/otelkit: Clock failed",
    "@labwire/otelkit: An operation is not measured, as its instruments failed",
  ]);
});

test.each<[string, OperationMetric[]]>([
  ["none", []],
  [
    "'a' twice",
    [
      { measure: "failed", name: "a", labels: {} },
      { measure: "finished", name: "a", labels: {} },
    ],
  ],
  [
    "'a', which has 'outcome' before it is known",
    [{ measure: "active", name: "a", labels: { outcome: "outcome" } }],
  ],
  [
    "'a', whose boundaries [2,1] are not ascending numbers",
    [{ measure: "duration", name: "a", labels: {}, boundaries: [2, 1] }],
  ],
  [
    "'a', which has boundaries but is no histogram",
    [{ measure: "failed", name: "a", labels: {}, boundaries: [1] }],
  ],
])("createOperationMeter() refuses metrics with %s", (current, metrics) => {
  expect(() => createOperationMeter({ metrics })).toThrow(
    expect.objectContaining({
      code: "invalid_option",
      message: `Cannot measure as 'metrics' must be mappings that fit each other: current value has ${current}`,
    }),
  );
});

test("createOperationMeter() refuses a limit that leaves no room for a series", () => {
  expect(() => createOperationMeter({ metrics: databaseMetrics, cardinalityLimit: 1 })).toThrow(
    new OtelkitError(
      "Cannot measure as 'cardinalityLimit' must be an integer from 2: current value is 1",
      { code: "invalid_option" },
    ),
  );
});
