// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Attributes,
  type Counter,
  type Gauge,
  type Histogram,
  type MeterProvider,
  metrics as metricsApi,
  type UpDownCounter,
} from "@opentelemetry/api";
import { KafkakitError } from "./kafkakit-error.ts";
import type {
  AssignmentCall,
  Call,
  CommitCall,
  DeadLetterCall,
  LagCall,
  Middleware,
  Next,
  PartitionLag,
  ProcessCall,
  SendCall,
} from "./middleware.ts";

/** Options of {@link metrics}. */
export interface MetricsOptions {
  /** Where instruments come from. Default: the global one, also when it is set later. */
  meterProvider?: MeterProvider;
}

interface Instruments {
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
  readonly sent: Counter;
  readonly consumed: Counter;
  readonly retries: Counter;
  readonly deadLetters: Counter;
  readonly inFlight: UpDownCounter;
  readonly rebalances: Counter;
  readonly assignedPartitions: Gauge;
  /** By group: what the gauge of lag shows. */
  readonly lags: Map<string, readonly PartitionLag[]>;
}

// https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/
const explicitBucketBoundaries = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * Middleware that measures producers and consumers by OpenTelemetry's conventions for messaging:
 * durations in seconds, attributes of few values (no keys, no offsets; partitions only of lag).
 */
export function metrics({ meterProvider }: MetricsOptions = {}): Middleware {
  let latest: { provider: MeterProvider; instruments: Instruments } | undefined;
  return (next) => {
    return function measure(call: Call): Promise<void> {
      // A global provider is often set after modules are loaded, or even after an app was started.
      const provider = meterProvider ?? metricsApi.getMeterProvider();
      if (latest?.provider !== provider) {
        latest = { provider, instruments: createInstruments(provider) };
      }
      const { instruments } = latest;
      switch (call.kind) {
        case "send":
          return measureSend(instruments, call, next);
        case "process":
          return measureProcess(instruments, call, next);
        case "deadLetter":
          return measureDeadLetter(instruments, call, next);
        case "commit":
          return measureCommit(instruments, call, next);
        case "assignment":
          return measureAssignment(instruments, call, next);
        case "lag":
          return measureLag(instruments, call, next);
        default:
          return next(call);
      }
    };
  };
}

async function measureSend(
  { operationDuration, sent }: Instruments,
  call: SendCall,
  next: Next,
): Promise<void> {
  const counts = new Map<string, number>();
  for (const { topic } of call.records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  const [first] = counts.keys();
  const attributes = {
    "messaging.system": "kafka",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
  };
  const { error, seconds } = await timed(next, call);
  const failed = errorAttributes(error);
  operationDuration.record(seconds, {
    ...attributes,
    ...failed,
    // One send may go to several topics: then it has none.
    ...(counts.size === 1 && { "messaging.destination.name": first }),
  });
  for (const [topic, count] of counts) {
    sent.add(count, { ...attributes, ...failed, "messaging.destination.name": topic });
  }
  if (error !== undefined) throw error.reason;
}

async function measureProcess(
  { processDuration, consumed, retries, inFlight }: Instruments,
  call: ProcessCall,
  next: Next,
): Promise<void> {
  const attributes = consumerAttributes(call, "process", "process");
  if (call.attempt === 1) consumed.add(1, consumerAttributes(call, "poll", "receive"));
  else retries.add(1, attributes);
  inFlight.add(1, attributes);
  const { error, seconds } = await timed(next, call);
  inFlight.add(-1, attributes);
  processDuration.record(seconds, { ...attributes, ...errorAttributes(error) });
  if (error !== undefined) throw error.reason;
}

async function measureDeadLetter(
  { consumed, deadLetters }: Instruments,
  call: DeadLetterCall,
  next: Next,
): Promise<void> {
  await next(call);
  // No handler has seen it.
  if (call.attempts === 0) consumed.add(1, consumerAttributes(call, "poll", "receive"));
  deadLetters.add(1, {
    ...consumerAttributes(call, "process", "process"),
    ...errorAttributes({ reason: call.error }),
  });
}

async function measureCommit(
  { operationDuration }: Instruments,
  call: CommitCall,
  next: Next,
): Promise<void> {
  const { group, offsets } = call;
  const topics = new Set(offsets.map(({ topic }) => topic));
  const [first] = topics;
  const { error, seconds } = await timed(next, call);
  operationDuration.record(seconds, {
    "messaging.system": "kafka",
    "messaging.operation.name": "commit",
    "messaging.operation.type": "settle",
    "messaging.consumer.group.name": group,
    ...(topics.size === 1 && { "messaging.destination.name": first }),
    ...errorAttributes(error),
  });
  if (error !== undefined) throw error.reason;
}

async function measureAssignment(
  { rebalances, assignedPartitions }: Instruments,
  call: AssignmentCall,
  next: Next,
): Promise<void> {
  const { group, topics, reason, partitions } = call;
  const attributes = { "messaging.system": "kafka", "messaging.consumer.group.name": group };
  if (reason === "assigned") rebalances.add(1, attributes);
  for (const topic of topics) {
    const owned = partitions.filter((partition) => partition.topic === topic).length;
    assignedPartitions.record(owned, { ...attributes, "messaging.destination.name": topic });
  }
  await next(call);
}

async function measureLag({ lags }: Instruments, call: LagCall, next: Next): Promise<void> {
  const unknown = lags.get(call.group)?.map((partition) => ({ ...partition, lag: Number.NaN }));
  try {
    await next(call);
    lags.set(call.group, call.partitions.length > 0 ? call.partitions : (unknown ?? []));
  } catch (reason) {
    // Rather than an old answer. The SDK repeats what it was told of series that are left out.
    if (unknown !== undefined) lags.set(call.group, unknown);
    throw reason;
  }
}

interface Thrown {
  readonly reason: unknown;
}

async function timed(
  next: Next,
  call: Call,
): Promise<{ error: Thrown | undefined; seconds: number }> {
  const started = performance.now();
  let error: Thrown | undefined;
  try {
    await next(call);
  } catch (reason) {
    error = { reason };
  }
  return { error, seconds: (performance.now() - started) / 1000 };
}

function consumerAttributes(
  { group, record }: ProcessCall | DeadLetterCall,
  name: string,
  type: string,
): Attributes {
  return {
    "messaging.system": "kafka",
    "messaging.operation.name": name,
    "messaging.operation.type": type,
    "messaging.destination.name": record.topic,
    "messaging.consumer.group.name": group,
  };
}

/** A code of ours or the class's name: never the message, which has no end of values. */
function errorAttributes(error: Thrown | undefined): Attributes {
  if (error === undefined) return {};
  const { reason } = error;
  if (reason instanceof KafkakitError) return { "error.type": reason.code };
  return { "error.type": reason instanceof Error ? reason.name : "_OTHER" };
}

function createInstruments(meterProvider: MeterProvider): Instruments {
  const meter = meterProvider.getMeter("@labwire/kafkakit");
  const advice = { explicitBucketBoundaries };
  const lags: Instruments["lags"] = new Map();
  meter
    .createObservableGauge("kafkakit.consumer.lag", {
      description:
        "Number of messages that the group has not committed, as the brokers know it; NaN while they do not answer. Every member tells of all partitions of its topics.",
      unit: "{message}",
    })
    .addCallback((result) => {
      for (const [group, partitions] of lags) {
        for (const { topic, partition, lag } of partitions) {
          result.observe(lag, {
            "messaging.system": "kafka",
            "messaging.destination.name": topic,
            "messaging.destination.partition.id": `${partition}`,
            "messaging.consumer.group.name": group,
          });
        }
      }
    });
  return {
    lags,
    rebalances: meter.createCounter("kafkakit.consumer.rebalances", {
      description: "Number of times that this member was dealt partitions, the first one included.",
      unit: "{rebalance}",
    }),
    assignedPartitions: meter.createGauge("kafkakit.consumer.assigned_partitions", {
      description: "Number of partitions that this member owns now.",
      unit: "{partition}",
    }),
    operationDuration: meter.createHistogram("messaging.client.operation.duration", {
      description: "Duration of messaging operations initiated by a producer or consumer client.",
      unit: "s",
      advice,
    }),
    processDuration: meter.createHistogram("messaging.process.duration", {
      description: "Duration of one attempt to process a message.",
      unit: "s",
      advice,
    }),
    sent: meter.createCounter("messaging.client.sent.messages", {
      description: "Number of messages that the producer tried to send.",
      unit: "{message}",
    }),
    consumed: meter.createCounter("messaging.client.consumed.messages", {
      description: "Number of messages that were delivered to the application.",
      unit: "{message}",
    }),
    retries: meter.createCounter("kafkakit.consumer.retries", {
      description: "Number of attempts after the first.",
      unit: "{attempt}",
    }),
    deadLetters: meter.createCounter("kafkakit.consumer.dead_letters", {
      description:
        "Number of messages that were given up, whether or not there is a topic for them.",
      unit: "{message}",
    }),
    inFlight: meter.createUpDownCounter("kafkakit.consumer.in_flight", {
      description: "Number of handlers that run now.",
      unit: "{message}",
    }),
  };
}
