// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Attributes, MeterProvider } from "@opentelemetry/api";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationType,
  type IMetricReader,
  InstrumentType,
  type MetricProducer,
  MeterProvider as SdkMeterProvider,
  type ViewOptions,
} from "@opentelemetry/sdk-metrics";
import { OtelkitError } from "../otelkit-error.ts";
import { quoteValue } from "../quote-value.ts";
import { reportFault } from "../report-fault.ts";
import { assertBoundaries } from "../store/boundaries.ts";
import { createMetricStore } from "../store/create-metric-store.ts";
import { attachStore } from "../store/store-of.ts";
import { createEndpointHandler } from "./endpoint-handler.ts";
import type { HealthCheck } from "./health-report.ts";
import { type PrometheusPageOptions, PrometheusReader } from "./prometheus-reader.ts";

/** Options of {@link startMetricsServer}. */
export interface MetricsServerOptions extends PrometheusPageOptions {
  /**
   * Address to listen on. Default `localhost`, since metrics tell much about a service: name
   * `0.0.0.0` or `::` to let a Prometheus on another machine in.
   */
  host?: string;
  /** Port to listen on. Default 2222; 0 takes a free one, which `url` tells. */
  port?: number;
  /** Path of the metrics. Default `/metrics`, where Prometheus looks. */
  path?: string;
  /** Answers `/healthz`: whether the process works at all. Default always ok. */
  health?: HealthCheck;
  /** Answers `/readyz`: whether the process can take calls now. Default as `health`. */
  ready?: HealthCheck;
  /**
   * Upper bounds of histogram buckets by instrument name, such as
   * `{ response_time: [10, 100] }`. Default what the instrument itself advises.
   */
  histogramBoundaries?: Readonly<Record<string, readonly number[]>>;
  /**
   * `"exponential"` lets histograms find their bounds themselves, at most 160, which a Prometheus
   * with `scrape_native_histograms` stores as one series each; others get up to 40 buckets that
   * change with the values. Instruments of `histogramBoundaries` that are the SDK's keep theirs.
   * Default `"explicit"`, which suits every server.
   */
  histograms?: "explicit" | "exponential";
  /**
   * Whether a bucket of a call's duration remembers its latest sampled trace, which OpenMetrics and
   * protobuf show as exemplars. Default true: it costs nothing for calls that are not sampled.
   */
  exemplars?: boolean;
  /**
   * How many series an instrument of this package can have while the process lives; what is beyond
   * is counted by one more with the label `otel_metric_overflow`. Default 2000.
   */
  cardinalityLimit?: number;
  /**
   * Makes readers beside the endpoint's, such as one that exports by OTLP. What the interceptors
   * count reaches them by `producer`:
   * `(producer) => [new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] })]`.
   * Default none.
   */
  readers?: (producer: MetricProducer) => readonly IMetricReader[];
  /**
   * What the process is, on `target_info`: `{ "service.name": "video-api" }`. Default the SDK's
   * own, which knows no name.
   */
  resourceAttributes?: Attributes;
}

/** How long a reader may take nothing before its answer is dropped, so that none is kept for ever. */
const idleTimeoutMs = 60_000;

/** How long `close` waits for answers under way. */
const closeGraceMs = 1000;

/** A metrics endpoint that runs. */
export interface MetricsServer extends AsyncDisposable {
  /** Instruments made with this provider are what the endpoint shows. */
  readonly meterProvider: MeterProvider;
  /** Where the metrics are, with the port that was taken. */
  readonly url: string;
  /** Answers what was asked already, within a second, frees the port, and shuts the provider down. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server of its own for Prometheus and for probes: the metrics path, `/healthz` and
 * `/readyz`, each by GET and HEAD. It sets no global provider, and does not keep the process alive.
 *
 * @throws {OtelkitError} with code `listen_failed` when the port is taken or may not be used, and
 * with code `invalid_option` when another option makes no sense.
 */
export async function startMetricsServer(
  options: MetricsServerOptions = {},
): Promise<MetricsServer> {
  const { host = "localhost", port = 2222, path = "/metrics", ...rest } = options;
  const { health = () => ({ status: "ok" }), ready = health } = options;
  assertPath(path);
  assertPort(port);
  assertHost(host);
  const boundaries = Object.entries(options.histogramBoundaries ?? {});
  for (const [name, bounds] of boundaries) {
    assertBoundaries("start the metrics server", name, bounds);
  }
  const store = createMetricStore(rest);
  const reader = new PrometheusReader({ ...rest, metricProducers: [store] });
  const meterProvider = new SdkMeterProvider({
    resource: defaultResource().merge(resourceFromAttributes(options.resourceAttributes ?? {})),
    readers: [reader, ...(options.readers?.(store) ?? [])],
    views: boundaries.map(histogramView),
  });
  attachStore(meterProvider, store);
  const { handle, settled } = createEndpointHandler({ path, health, ready, reader });
  const server = createServer(handle).setTimeout(idleTimeoutMs);
  try {
    await listen(server, host, port);
  } catch (error) {
    // Readers that export by a timer would go on with it.
    await meterProvider.shutdown().catch((fault: unknown) => {
      reportFault("Stopping the readers of a metrics server that cannot start failed", fault);
    });
    throw error;
  }

  let closing: Promise<void> | undefined;
  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    // A check that hangs or a slow reader must not hold up the stop of a whole process.
    const impatience = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    await settled();
    clearTimeout(impatience);
    // Connections on which nothing was asked are not idle to Node, and would hold the port.
    server.closeAllConnections();
    await closed;
    await meterProvider.shutdown();
  }
  function close(): Promise<void> {
    closing ??= stop();
    return closing;
  }

  return {
    meterProvider,
    url: `http://${urlHost(host)}:${(server.address() as AddressInfo).port}${path}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function assertPath(path: string): void {
  if (path.startsWith("/") && path !== "/healthz" && path !== "/readyz") return;
  throw new OtelkitError(
    `Cannot start the metrics server as 'path' must begin with '/', and be neither '/healthz' nor '/readyz': current value is '${path}'`,
    { code: "invalid_option" },
  );
}

function assertPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new OtelkitError(
    `Cannot start the metrics server as 'port' must be an integer from 0 to 65535: current value is ${quoteValue(port)}`,
    { code: "invalid_option" },
  );
}

function assertHost(host: string): void {
  if (typeof host === "string" && host !== "") return;
  throw new OtelkitError(
    `Cannot start the metrics server as 'host' must be a name or an address: current value is ${quoteValue(host)}`,
    { code: "invalid_option" },
  );
}

function histogramView([name, boundaries]: [string, readonly number[]]): ViewOptions {
  return {
    instrumentName: name,
    instrumentType: InstrumentType.HISTOGRAM,
    aggregation: {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [...boundaries] },
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      // Such as a connection that could not be accepted, which must not end the process.
      server.on("error", (error) => reportFault("The metrics server failed", error));
      // As the process must not live for its metrics alone.
      server.unref();
      resolve();
    });
  }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "EADDRINUSE" ? "the port is taken" : error.message;
    throw new OtelkitError(`Cannot serve metrics on '${urlHost(host)}:${port}': ${why}`, {
      code: "listen_failed",
      cause: error,
    });
  });
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
