// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import {
  DataPointType,
  type Histogram,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import type { End } from "./observer/exchange.ts";

/** One finished call, as the duration's histogram has it. */
export interface MeasuredCall {
  system: unknown;
  method: unknown;
  status: unknown;
  error: unknown;
  address: unknown;
  port: unknown;
}

/** What the metrics of one end say. */
export interface Measures {
  calls: MeasuredCall[];
  active: number;
  receivedMessages: number;
  sentMessages: number;
  receivedMessageBytes: number | undefined;
  sentMessageBytes: number | undefined;
  receivedWireBytes: number | undefined;
  sentWireBytes: number | undefined;
}

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

interface Point {
  name: string;
  attributes: Record<string, unknown>;
  /** A counter's value, a histogram's count. */
  value: number;
}

/** An OpenTelemetry SDK whose metrics are read when asked. */
export class Meter {
  readonly #reader = new ManualReader();
  readonly provider: ApiMeterProvider = new MeterProvider({ readers: [this.#reader] });

  /** @throws when the SDK cannot collect. */
  async read(end: End): Promise<Measures> {
    const points = await this.#points();
    const of = (name: string) => points.filter((point) => point.name === `rpc.${end}.${name}`);
    const total = (name: string) => of(name).reduce((sum, { value }) => sum + value, 0);
    const totalIfAny = (name: string) => (of(name).length === 0 ? undefined : total(name));
    return {
      calls: of("call.duration").flatMap(({ value, attributes }) =>
        Array.from({ length: value }, () => ({
          system: attributes["rpc.system.name"],
          method: attributes["rpc.method"],
          status: attributes["rpc.status_code"],
          error: attributes["error.type"],
          address: attributes["server.address"],
          port: attributes["server.port"],
        })),
      ),
      active: total("active_calls"),
      receivedMessages: total("received.messages"),
      sentMessages: total("sent.messages"),
      receivedMessageBytes: totalIfAny("received.message.size"),
      sentMessageBytes: totalIfAny("sent.message.size"),
      receivedWireBytes: totalIfAny("received.body.size"),
      sentWireBytes: totalIfAny("sent.body.size"),
    };
  }

  async #points(): Promise<Point[]> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPointType, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          name: descriptor.name,
          attributes,
          value:
            dataPointType === DataPointType.HISTOGRAM
              ? (value as Histogram).count
              : (value as number),
        })),
      ),
    );
  }
}
