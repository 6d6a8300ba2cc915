// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createKafkaApp } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { metrics } from "@labwire/kafkakit/otel";
import { VideoStream } from "../gen/video/pb/stream_pb.ts";
import { formatAddress } from "../kit/address.ts";
import { readConfig } from "../kit/config.ts";
import { createLogger } from "../kit/logger.ts";
import { createReadiness } from "../kit/readiness.ts";
import { exitOnConfigError, runProcess } from "../kit/run-process.ts";
import { startTelemetry } from "../kit/telemetry/telemetry.ts";
import { waitFor } from "../kit/wait-for.ts";
import { openVideos } from "../video/open-videos.ts";
import { videoStreamVariables } from "./config.ts";
import { scaleEvents } from "./events.ts";
import { createEventRetry } from "./retry.ts";
import { createStreamService } from "./service.ts";
import { createStreamMetrics } from "./stream-metrics.ts";
import { openTranscoder } from "./transcoder.open.ts";

const config = exitOnConfigError(() =>
  readConfig(videoStreamVariables, { env: process.env, argv: process.argv.slice(2) }),
);
const logger = createLogger({ level: config.LOGGER_LEVEL });

await runProcess({ logger, gracefulTimeoutMs: config.GRACEFUL_TIMEOUT }, async (scope) => {
  const { signal } = scope;
  const readiness = createReadiness();
  readiness.pending("video store");
  const transcoderIsThere = readiness.pending("object store");
  readiness.pending("kafka");
  const telemetry = await startTelemetry(config, scope, readiness);

  const { meterProvider } = telemetry;
  const streamMetrics = createStreamMetrics(meterProvider);
  const { store } = await openVideos({ config, scope, readiness, meterProvider, logger });
  const transcoder = await waitFor(
    "the object store",
    () => openTranscoder(config, meterProvider),
    {
      logger,
      signal,
    },
  );
  transcoderIsThere();
  const service = createStreamService({
    store,
    transcoder: streamMetrics.measure(transcoder),
    onComplete: streamMetrics.complete,
    events: scaleEvents(config.KAFKA_PRODUCER_TOPIC),
  });

  const brokers = config.KAFKA_CONSUMER_ADDRS.map(formatAddress);
  const app = createKafkaApp({
    driver: kafkajs({
      brokers,
      clientId: "video-stream",
      acks: config.KAFKA_PRODUCER_REQUIRED_ACKS,
      sessionTimeoutMs: config.KAFKA_CONSUMER_SESSION_TIMEOUT,
    }),
    logger,
  });
  app.use(metrics({ meterProvider }));
  const retry = createEventRetry(config.STREAM_RETRY_ATTEMPTS);
  app.use(retry.count);
  app.service(VideoStream, service, {
    group: config.KAFKA_CONSUMER_GROUP,
    topics: { handleVideoCreated: config.KAFKA_CONSUMER_TOPIC },
    ordering: "key",
    concurrency: config.STREAM_CONCURRENCY,
    retry: retry.policy,
    timeoutMs: config.STREAM_TIMEOUT,
    deadLetter: true,
    onDeadLetter: async (message) => {
      if (message !== undefined) await store.markFailed(message.id);
    },
  });

  // Waits for Kafka by itself, and says so.
  const run = await app.start({ signal });
  scope.onStop("consumer", () => run.stop({ deadlineMs: config.GRACEFUL_TIMEOUT / 2 }));
  run.done.catch(scope.fail);
  readiness.check("kafka", () => (run.health().ready ? undefined : run.health().detail));
  logger.info("Ready", { brokers: brokers.join(","), transcoder: config.TRANSCODER });
});
