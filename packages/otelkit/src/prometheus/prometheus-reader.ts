// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setImmediate } from "node:timers/promises";
import { diag } from "@opentelemetry/api";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  AggregationType,
  type CollectionResult,
  InstrumentType,
  type MetricProducer,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import { OtelkitError } from "../otelkit-error.ts";
import { assertHistograms } from "../store/boundaries.ts";
import type { MetricStore } from "../store/metric-store.ts";
import { isMetricStore } from "../store/store-of.ts";
import { negotiateFormat, type PageFormat } from "./content-negotiation.ts";
import { type MetricFamily, scopeLabelNames, toFamilies } from "./metric-families.ts";
import { escapesNames, type TranslationStrategy } from "./metric-names.ts";
import type { PageWriter } from "./page-writer.ts";
import { createProtobufPage } from "./protobuf-page.ts";
import { toViews } from "./sdk-views.ts";
import { createTextPage } from "./text-page.ts";

/** What a page looks like, whoever asks for it. */
export interface PrometheusPageOptions {
  /**
   * How OpenTelemetry's names become Prometheus's. Default `UnderscoreEscapingWithSuffixes`, which
   * gives the names that Prometheus itself gives to metrics that reach it by OTLP.
   */
  translation?: TranslationStrategy;
  /** Put before every name, with a `_` between them. Default none. */
  prefix?: string;
  /**
   * Whether every series has the labels `otel_scope_name`, `otel_scope_version` and
   * `otel_scope_schema_url`, as far as there are any. Default false, as labels cost room on every
   * line; turn it on when two libraries have series of the same name and labels.
   */
  scopeLabels?: boolean;
  /** Whether the page begins with `target_info`, which tells the resource. Default true. */
  targetInfo?: boolean;
  /**
   * Whether OpenMetrics shows a series `…_created` beside each counter and histogram. Default
   * false, since a Prometheus without the feature flag `created-timestamp-zero-ingestion` stores
   * each as one more series. Protobuf always tells that time, and costs nothing by it.
   */
  createdSeries?: boolean;
}

/** Options of {@link PrometheusReader}. */
export interface PrometheusReaderOptions extends PrometheusPageOptions {
  /**
   * Where metrics come from beside the SDK. A store of `createMetricStore` is read in place, which
   * is much faster than by way of the SDK's data.
   */
  metricProducers?: readonly MetricProducer[];
  /**
   * What the SDK makes of its histograms: `"explicit"`, with the bounds that instruments advise, or
   * `"exponential"`, for Prometheus's native histograms. A view of the provider has the last word.
   * Default `"explicit"`.
   */
  histograms?: "explicit" | "exponential";
}

/** A page, in pieces. */
export interface PrometheusPage {
  readonly contentType: string;
  readonly chunks: readonly Uint8Array[];
}

/**
 * Reads the metrics of a MeterProvider and of stores when it is asked to, and writes them in the
 * format that a scraper of Prometheus wants. Labels are rendered once per series and kept.
 *
 * @throws {OtelkitError} with code `invalid_option` when `translation`, `prefix` or `histograms`
 *   makes no sense.
 */
export class PrometheusReader extends MetricReader {
  readonly #options: Required<PrometheusPageOptions>;
  readonly #stores: MetricStore[];
  readonly #writers = new Map<string, PageWriter>();
  readonly #told = new Set<string>();

  constructor(options: PrometheusReaderOptions = {}) {
    const { metricProducers = [], histograms = "explicit" } = options;
    super({
      aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
      aggregationSelector: (type) =>
        histograms === "exponential" && type === InstrumentType.HISTOGRAM
          ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
          : { type: AggregationType.DEFAULT },
      metricProducers: metricProducers.filter((producer) => !isMetricStore(producer)).map(guarded),
    });
    this.#stores = metricProducers.filter(isMetricStore);
    this.#options = {
      translation: options.translation ?? "UnderscoreEscapingWithSuffixes",
      prefix: options.prefix ?? "",
      scopeLabels: options.scopeLabels ?? false,
      targetInfo: options.targetInfo ?? true,
      createdSeries: options.createdSeries ?? false,
    };
    assertHistograms("create a Prometheus reader", histograms);
    assertPrefix(this.#options.prefix);
    assertTranslation(this.#options.translation);
  }

  /** Everything, stores included, in the SDK's shape. */
  override async collect(...args: Parameters<MetricReader["collect"]>): Promise<CollectionResult> {
    const [sdk, ...stores] = await Promise.all([
      super.collect(...args),
      ...this.#stores.map((store) => store.collect(...args)),
    ]);
    const { resource, scopeMetrics } = sdk.resourceMetrics;
    const others = stores.flatMap((result) => result.resourceMetrics.scopeMetrics);
    return {
      resourceMetrics: { resource, scopeMetrics: [...scopeMetrics, ...others] },
      errors: sdk.errors.concat(stores.flatMap(({ errors }) => errors)),
    };
  }

  /**
   * Writes a page, in pieces between which others have the process. What cannot be collected within
   * 8 seconds is left out and told to OpenTelemetry's `diag` at each scrape; what cannot be written
   * is told once.
   *
   * @param accept the scraper's `Accept` header. Default: any format, which is text 0.0.4.
   * @throws Error before the reader has a MeterProvider, and after its shutdown.
   */
  async scrape(accept?: string): Promise<PrometheusPage> {
    const format = negotiateFormat(accept);
    const { resourceMetrics, errors } = await super.collect({ timeoutMillis: collectTimeoutMs });
    for (const error of errors) diag.error("@labwire/otelkit: Collecting a metric failed", error);
    const { translation: strategy, prefix, scopeLabels, targetInfo } = this.#options;
    const warn = (message: string) => this.#warn(message);
    const views = [
      ...this.#stores.flatMap((store) => [...store.view()]),
      ...toViews(resourceMetrics.scopeMetrics, warn),
    ];
    const { escaping } = format;
    const taken = targetInfo ? [targetFamily] : [];
    const families = toFamilies(views, taken, { strategy, escaping, prefix, scopeLabels }, warn);
    const target = targetInfo ? resourceMetrics.resource.attributes : undefined;
    const chunks: Uint8Array[] = [];
    for (const _ of this.#writerOf(format)({ families, target }, chunks)) await setImmediate();
    return { contentType: format.contentType, chunks };
  }

  #writerOf({ syntax, escaping }: PageFormat): PageWriter {
    const { translation: strategy, createdSeries, scopeLabels } = this.#options;
    // Names of the alphabet are never escaped, so that all scrapers can share what is rendered.
    const key = escapesNames(strategy) ? syntax : `${syntax} ${escaping}`;
    let writer = this.#writers.get(key);
    if (writer === undefined) {
      const labels = { strategy, escaping, dropped: scopeLabels ? scopeLabelNames : [] };
      const warn = (message: string) => this.#warn(message);
      const isOpenMetrics = syntax === "openmetrics";
      writer =
        syntax === "protobuf"
          ? createProtobufPage({ labels, warn })
          : createTextPage({ labels, warn, isOpenMetrics, createdSeries });
      this.#writers.set(key, writer);
    }
    return writer;
  }

  #warn(message: string): void {
    if (this.#told.has(message) || this.#told.size >= maxTold) return;
    this.#told.add(message);
    diag.warn(`@labwire/otelkit: ${message}`);
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/** Prometheus waits 10 seconds by default: one callback that hangs must not cost all the others. */
const collectTimeoutMs = 8000;

/** Warnings that name series could be as many as there are series. */
const maxTold = 1000;

const targetFamily: MetricFamily = {
  name: "target_info",
  type: "info",
  help: "",
  unit: "",
  metrics: [],
};

/** A producer that fails by itself: the SDK would let all others fail with it. */
function guarded(producer: MetricProducer): MetricProducer {
  return {
    async collect(options) {
      try {
        return await producer.collect(options);
      } catch (error) {
        const resourceMetrics = { resource: emptyResource(), scopeMetrics: [] };
        return { resourceMetrics, errors: [error] };
      }
    },
  };
}

function assertPrefix(prefix: string): void {
  if (/^([a-zA-Z_][a-zA-Z0-9_]*)?$/.test(prefix)) return;
  throw new OtelkitError(
    `Cannot create a Prometheus reader as 'prefix' must be letters, digits and '_', and begin with no digit: current value is '${prefix}'`,
    { code: "invalid_option" },
  );
}

function assertTranslation(translation: TranslationStrategy): void {
  if (translations.includes(translation)) return;
  throw new OtelkitError(
    `Cannot create a Prometheus reader as 'translation' must be one of ${translations.join(", ")}: current value is '${translation}'`,
    { code: "invalid_option" },
  );
}

const translations: readonly TranslationStrategy[] = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
];
