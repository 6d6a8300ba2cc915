// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AlwaysOnSampler,
  type ReadableSpan,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

export const propagator = new W3CTraceContextPropagator();

/** An OpenTelemetry SDK that keeps every span. */
export class SpanRecorder {
  startedCount = 0;
  /** Ended spans. One that is ended twice is here once: the SDK sees to that. */
  readonly ended: ReadableSpan[] = [];
  readonly provider: TracerProvider;

  constructor() {
    const processor: SpanProcessor = {
      onStart: () => {
        this.startedCount++;
      },
      onEnd: (span) => {
        this.ended.push(span);
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    this.provider = new TracerProvider({
      sampler: new AlwaysOnSampler(),
      spanProcessors: [processor],
    });
  }
}
