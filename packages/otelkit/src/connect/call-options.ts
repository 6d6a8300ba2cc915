// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type {
  Attributes,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from "@opentelemetry/api";
import type { CallRequest } from "../calls/call-target.ts";
import type { AttributeFilter } from "../instruments/filter-attributes.ts";
import type { GrpcSpelling } from "../presets/grpc-spelling.ts";
import type { CallDetail } from "../presets/preset.ts";
import type { ClientPresetName, PresetName } from "../presets/presets.ts";

/** Options that servers and clients share. */
export interface CallOptions {
  /**
   * Where the measurements go. Default the global provider, as it is when the first call comes:
   * set it before, since OpenTelemetry's instruments do not move to a later one. The provider of
   * `startMetricsServer` is the fastest, as calls are then counted without the SDK.
   */
  meterProvider?: MeterProvider;
  /**
   * Name of the meter, which the exporters of some SDKs add to every series.
   * Default `@labwire/otelkit`.
   */
  meterName?: string;
  /**
   * Where spans go. Default the global provider; as long as there is none, no span is made.
   * `false` makes none whatever the global provider is.
   */
  tracerProvider?: TracerProvider | false;
  /**
   * Reads and writes the headers that carry a trace from process to process. Default the global
   * propagator: the SDKs that register themselves bring W3C's `traceparent` and `baggage`, and
   * where none is registered no header is read or written.
   */
  propagator?: TextMapPropagator;
  /**
   * Decides whether a call is measured, before it begins. Default every call. When it throws, the
   * call is measured and the fault goes to OpenTelemetry's `diag` logger.
   */
  filter?: (request: CallRequest) => boolean;
  /**
   * Attributes of your own for every metric and span of a call, such as its tenant's tier. Default
   * none. Every combination of values is a series of its own for ever: never use what callers
   * choose freely, such as a user's name. When it throws, the call has none, and the fault goes to
   * OpenTelemetry's `diag` logger.
   */
  attributes?: (request: CallRequest) => Attributes;
  /**
   * Decides which attributes metrics have. Default all. Series that become equal are summed. An
   * attribute that it throws at is left out, and the fault goes to OpenTelemetry's `diag` logger.
   */
  attributeFilter?: AttributeFilter;
  /**
   * Series of one instrument at most, for the life of the process. Further ones are summed in one
   * whose only attribute is `otel.metric.overflow`. Default 2000, as OpenTelemetry's specification
   * has it; at least 2. The provider of `startMetricsServer` has a limit of its own: the smaller of the two
   * counts.
   */
  cardinalityLimit?: number;
  /**
   * What else is measured: `first_message`, the time to the first message of the response, and
   * `timeout`, the time that callers give. Only the preset `semconv` has them. Default neither, as
   * each costs what the duration costs.
   */
  details?: readonly CallDetail[];
  /**
   * How the preset `grpc` spells types and codes: `go` as go-grpc-prometheus, `unary` and
   * `NotFound`; `python` as py-grpc-prometheus, `UNARY` and `NOT_FOUND`. Default `go`, which most
   * dashboards are made for.
   */
  grpcSpelling?: GrpcSpelling;
  /**
   * Names of request headers whose values spans have, as `rpc.request.header.<name>`. Default
   * none, as headers hold secrets.
   */
  headerAttributes?: readonly string[];
  /**
   * The clock, in milliseconds since some fixed moment. Default `performance.now`, which does not
   * move when the system's time is set.
   */
  now?: () => number;
}

/** Options of {@link createServerInterceptor}, and those that `instrumentRoutes` shares with it. */
export interface ServerInterceptorOptions extends CallOptions {
  /** Which names the metrics have; several at once are fine. Default `["semconv"]`. */
  presets?: readonly PresetName[];
  /**
   * Whether a span continues the caller's trace, with the caller's baggage. Default false: the span
   * begins a trace of its own that links to the caller's, since callers of a public server must not
   * choose what is sampled. Turn it on for servers that only your own services call. Where a span
   * of this process is around the call, such as that of OpenTelemetry's HTTP instrumentation, it is
   * the parent whatever this says.
   */
  trustRemote?: boolean;
}

/** Options of {@link createClientInterceptor}. */
export interface ClientInterceptorOptions extends CallOptions {
  /**
   * Which names the metrics have. Default `["semconv"]`. The names of the `lab` preset are a
   * server's.
   */
  presets?: readonly ClientPresetName[];
}
