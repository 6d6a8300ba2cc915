// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { MeterProvider } from "@opentelemetry/api";
import { labMeter } from "../../kit/telemetry/operation-duration.ts";
import type { Uploader } from "./upload.ts";

/**
 * How an upload ended: `kept`; `refused` for what the client sent; `canceled` by the client or the
 * stop of the process; `failed` for all that is not the client's fault.
 */
const uploadOutcomes = ["kept", "refused", "canceled", "failed"] as const;
type UploadOutcome = (typeof uploadOutcomes)[number];

const refusals: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.ResourceExhausted,
]);

/** The uploader, with every upload measured from its first chunk to its commit. */
export function measureUploader(uploader: Uploader, meterProvider: MeterProvider): Uploader {
  const meter = meterProvider.getMeter(labMeter);
  const uploads = meter.createCounter("lab.uploads", {
    description: "Number of uploads that ended.",
    unit: "{upload}",
  });
  // From the start, so that the first failure is an increase.
  for (const outcome of uploadOutcomes) uploads.add(0, { "lab.upload.outcome": outcome });
  const active = meter.createUpDownCounter("lab.upload.active", {
    description: "Number of uploads that are under way.",
    unit: "{upload}",
  });
  active.add(0);
  const duration = meter.createHistogram("lab.upload.duration", {
    description: "Duration of uploads.",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900] },
  });
  const size = meter.createHistogram("lab.upload.size", {
    description: "Size of uploaded files that were kept.",
    unit: "By",
    advice: { explicitBucketBoundaries: [16, 18, 20, 22, 24, 26, 28, 30, 31].map((n) => 2 ** n) },
  });

  return {
    isUnderWay: (id) => uploader.isUnderWay(id),
    upload: async (incoming, signal) => {
      const started = performance.now();
      let bytes = 0;
      const counted = async function* () {
        for await (const chunk of incoming.chunks) {
          bytes += chunk.length;
          yield chunk;
        }
      };
      const end = (outcome: UploadOutcome) => {
        const attributes = { "lab.upload.outcome": outcome };
        active.add(-1);
        uploads.add(1, attributes);
        duration.record((performance.now() - started) / 1000, attributes);
        if (outcome === "kept") size.record(bytes);
      };

      active.add(1);
      try {
        const id = await uploader.upload({ ...incoming, chunks: counted() }, signal);
        end("kept");
        return id;
      } catch (error) {
        end(outcomeOf(error, signal));
        throw error;
      }
    },
  };
}

function outcomeOf(error: unknown, signal: AbortSignal): UploadOutcome {
  if (signal.aborted) return "canceled";
  if (!(error instanceof ConnectError)) return "failed";
  if (error.code === Code.Canceled) return "canceled";
  return refusals.has(error.code) ? "refused" : "failed";
}
