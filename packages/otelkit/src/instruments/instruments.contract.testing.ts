// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { type CollectionResult, DataPointType, type Histogram } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import type { InstrumentDefinition, Instruments } from "./instruments.ts";

/** What a backend of {@link Instruments} gives to the suite. */
export interface InstrumentsFixture {
  /** Instruments of the scope `contract`. */
  instruments: Instruments;
  /** Everything that a reader would get. */
  collect(): Promise<CollectionResult>;
}

const counts: InstrumentDefinition = {
  name: "contract.things",
  kind: "counter",
  unit: "{thing}",
  description: "Things",
};
const levels: InstrumentDefinition = { ...counts, name: "contract.level", kind: "updowncounter" };
const times: InstrumentDefinition = {
  name: "contract.duration",
  kind: "histogram",
  unit: "s",
  description: "How long things take",
  boundaries: [0.1, 1, 10],
};

/** A series as `name{key=value}`, with its number, or with its buckets, count and sum. */
function lines({ resourceMetrics, errors }: CollectionResult): string[] {
  if (errors.length > 0) throw new AggregateError(errors);
  return resourceMetrics.scopeMetrics
    .filter(({ scope }) => scope.name === "contract")
    .flatMap(({ metrics }) => metrics)
    .flatMap((metric) =>
      metric.dataPoints.map(({ attributes, value }) => {
        const head = `${metric.descriptor.name}${labels(attributes)}`;
        if (metric.dataPointType !== DataPointType.HISTOGRAM) return `${head} ${value}`;
        const { buckets, count, sum, min, max } = value as Histogram;
        return `${head} [${buckets.boundaries}] [${buckets.counts}] ${count} ${sum} ${min} ${max}`;
      }),
    )
    .sort();
}

function labels(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? "" : `{${pairs.sort()}}`;
}

/**
 * What every backend of {@link Instruments} does alike.
 *
 * @param create makes an empty backend with at most `cardinalityLimit` series per instrument.
 */
export function testInstruments(
  name: string,
  create: (options: { cardinalityLimit?: number }) => InstrumentsFixture,
): void {
  test(`${name}: a counter's series is there at 0, and adds up`, async () => {
    const { instruments, collect } = create({});
    const cellsOf = instruments.counter(counts);
    const a = cellsOf({ kind: "a" });
    const before = lines(await collect());
    a.add(2);
    a.add(0.5);
    cellsOf({ kind: "b" }).add(7);
    expect([before, lines(await collect())]).toEqual([
      ["contract.things{kind=a} 0"],
      ["contract.things{kind=a} 2.5", "contract.things{kind=b} 7"],
    ]);
  });

  test(`${name}: an up-down counter goes down as well`, async () => {
    const { instruments, collect } = create({});
    const cell = instruments.counter(levels)({});
    cell.add(2);
    cell.add(-5);
    expect(lines(await collect())).toEqual(["contract.level -3"]);
  });

  test(`${name}: a histogram's series is there from its first value on`, async () => {
    const { instruments, collect } = create({});
    const cell = instruments.histogram(times)({ kind: "a" });
    const before = lines(await collect());
    for (const value of [0, 0.1, 0.25, 10, 11]) cell.record(value);
    expect([before, lines(await collect())]).toEqual([
      [],
      ["contract.duration{kind=a} [0.1,1,10] [2,1,1,1] 5 21.35 0 11"],
    ]);
  });

  test(`${name}: what is asked for twice is the same, in whatever order keys are`, async () => {
    const { instruments, collect } = create({});
    instruments.counter(counts)({ kind: "a", size: 1 }).add(1);
    instruments
      .counter({ ...counts })({ size: 1, kind: "a" })
      .add(1);
    instruments.histogram(times)({ kind: "a", size: 1 }).record(1);
    instruments
      .histogram({ ...times })({ size: 1, kind: "a" })
      .record(1);
    expect(lines(await collect())).toEqual([
      "contract.duration{kind=a,size=1} [0.1,1,10] [0,2,0,0] 2 2 1 1",
      "contract.things{kind=a,size=1} 2",
    ]);
  });

  test(`${name}: attributes without a value are none`, async () => {
    const { instruments, collect } = create({});
    for (const size of [undefined, null]) {
      const attributes = { kind: "a", size } as Attributes;
      instruments.counter(counts)(attributes).add(1);
      instruments.histogram(times)(attributes).record(1);
    }
    instruments.counter(counts)({ kind: "a" }).add(1);
    instruments.histogram(times)({ kind: "a" }).record(1);
    expect(lines(await collect())).toEqual([
      "contract.duration{kind=a} [0.1,1,10] [0,3,0,0] 3 3 1 1",
      "contract.things{kind=a} 3",
    ]);
  });

  test(`${name}: values that are no amounts do not spoil what is there`, async () => {
    const { instruments, collect } = create({});
    const count = instruments.counter(counts)({});
    const level = instruments.counter(levels)({});
    const time = instruments.histogram(times)({});
    for (const value of [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      count.add(value);
      level.add(value);
      time.record(value);
    }
    count.add(-1);
    time.record(-1);
    expect(lines(await collect())).toEqual([
      "contract.duration [0.1,1,10] [0,1,0,0] 1 1 1 1",
      "contract.level 1",
      "contract.things 1",
    ]);
  });

  test(`${name}: series over the limit are counted together, across collections`, async () => {
    const { instruments, collect } = create({ cardinalityLimit: 3 });
    for (let n = 0; n < 6; n++) {
      instruments.counter(counts)({ n }).add(1);
      instruments.histogram(times)({ n }).record(1);
      await collect();
    }
    instruments.counter(counts)({ n: 1 }).add(1);
    expect(lines(await collect())).toEqual([
      "contract.duration{n=0} [0.1,1,10] [0,1,0,0] 1 1 1 1",
      "contract.duration{n=1} [0.1,1,10] [0,1,0,0] 1 1 1 1",
      "contract.duration{otel.metric.overflow=true} [0.1,1,10] [0,4,0,0] 4 4 1 1",
      "contract.things{n=0} 1",
      "contract.things{n=1} 2",
      "contract.things{otel.metric.overflow=true} 4",
    ]);
  });

  test(`${name}: attributes are those of when the cell was made`, async () => {
    const { instruments, collect } = create({});
    const attributes = { kind: "a" };
    const cell = instruments.counter(counts)(attributes);
    attributes.kind = "b";
    cell.add(1);
    expect(lines(await collect())).toEqual(["contract.things{kind=a} 1"]);
  });

  test(`${name}: unit and description are those of the definition`, async () => {
    const { instruments, collect } = create({});
    instruments.counter(counts)({});
    instruments.histogram(times)({}).record(1);
    const { scopeMetrics } = (await collect()).resourceMetrics;
    const described = scopeMetrics
      .filter(({ scope }) => scope.name === "contract")
      .flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor))
      .map(({ name, unit, description }) => `${name} ${unit} ${description}`);
    expect(described.sort()).toEqual([
      "contract.duration s How long things take",
      "contract.things {thing} Things",
    ]);
  });
}
