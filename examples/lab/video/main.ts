// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createClient } from "@connectrpc/connect";
import { createKafkaApp } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { metrics } from "@labwire/kafkakit/otel";
import { createOutboxRelay } from "@labwire/kafkakit/outbox";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { formatAddress } from "../kit/address.ts";
import { readConfig } from "../kit/config.ts";
import { createLogger } from "../kit/logger.ts";
import { createReadiness } from "../kit/readiness.ts";
import { repeat } from "../kit/repeat.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { exitOnConfigError, runProcess } from "../kit/run-process.ts";
import { startTelemetry } from "../kit/telemetry/telemetry.ts";
import { waitFor } from "../kit/wait-for.ts";
import { videoApiVariables } from "./config.ts";
import { createDeleter } from "./delete.ts";
import { startObjectServer } from "./objects/object-server.ts";
import { measureObjects } from "./objects/objects.measured.ts";
import { objectFolder, openObjectStore } from "./objects/objects.open.ts";
import { openVideos } from "./open-videos.ts";
import { measureOutbox } from "./outbox-metrics.ts";
import { createProber } from "./probe.ts";
import { createVideoService } from "./service.ts";
import { sweep } from "./sweep.ts";
import { createUploader } from "./upload/upload.ts";
import { measureUploader } from "./upload/upload-metrics.ts";

const config = exitOnConfigError(() =>
  readConfig(videoApiVariables, { env: process.env, argv: process.argv.slice(2) }),
);
const logger = createLogger({ level: config.LOGGER_LEVEL });

await runProcess({ logger, gracefulTimeoutMs: config.GRACEFUL_TIMEOUT }, async (scope) => {
  const { signal } = scope;
  // The rest of the time is for what stops after the servers.
  const serverDeadlineMs = config.GRACEFUL_TIMEOUT / 2;
  const readiness = createReadiness();
  readiness.pending("video store");
  const objectsAreThere = readiness.pending("object store");
  const serving = readiness.pending("RPC server");
  const telemetry = await startTelemetry(config, scope, readiness);

  const { meterProvider } = telemetry;
  const opened = await openVideos({ config, scope, readiness, meterProvider, logger });
  const { database, uncached, store } = opened;

  // While Kafka is away uploads go on, and their events wait in the outbox.
  const kafka = createKafkaApp({
    driver: kafkajs({
      brokers: config.KAFKA_PRODUCER_ADDRS.map(formatAddress),
      clientId: "video-api",
      acks: config.KAFKA_PRODUCER_REQUIRED_ACKS,
    }),
    logger,
  });
  kafka.use(metrics({ meterProvider }));
  const kafkaRun = await kafka.start();
  scope.onStop("Kafka producer", () => kafkaRun.stop({ deadlineMs: config.GRACEFUL_TIMEOUT / 4 }));
  readiness.check("kafka", () => {
    const { ready, detail } = kafkaRun.health();
    return ready ? undefined : detail;
  });
  const relay = createOutboxRelay({ store: database.outbox, producer: kafka.producer, logger });
  scope.onStop("outbox relay", async () => {
    await relay.stop();
    await database.outbox.close();
  });
  relay.start();
  const { outbox } = database;
  scope.onStop("outbox metrics", measureOutbox({ outbox, meterProvider, logger }));

  const objectStore = await waitFor("the object store", () => openObjectStore(config), {
    logger,
    signal,
  });
  objectsAreThere();
  const folder = objectFolder(config);
  const objects = measureObjects(objectStore, { meterProvider, system: folder ? "file" : "s3" });
  const objectServer = folder && (await startFolderServer(folder));
  const prober = createProber({ timeoutMs: config.PROBE_TIMEOUT });
  scope.onStop("prober", () => prober.close());

  const comments = createClient(
    Comment,
    createRpcTransport({
      address: config.COMMENT_SERVER_ADDR,
      timeoutMs: config.COMMENT_SERVER_TIMEOUT,
      interceptors: telemetry.clientInterceptors,
    }),
  );
  const topic = config.KAFKA_PRODUCER_TOPIC;
  const uploader = measureUploader(
    createUploader({ store, objects, prober, topic, relay, logger }),
    meterProvider,
  );
  const deleter = createDeleter({ store, objects, comments, logger });

  const timing = { intervalMs: config.SWEEP_INTERVAL, signal, logger };
  const ageMs = config.SWEEP_AGE;
  const swept = { store: uncached, objects, uploader, ageMs, signal, logger };
  const chores = [
    repeat("the sweep of stray objects", () => sweep(swept), timing),
    repeat("deletes that broke off", () => deleter.resume(signal), timing),
  ];
  scope.onStop("chores", async () => void (await Promise.all(chores)));

  const server = await startRpcServer({
    address: config.GRPC_ADDR,
    routes: (router) =>
      router.service(
        Video,
        createVideoService({
          store,
          uploader,
          deleter,
          maxUploadBytes: config.MAX_UPLOAD_BYTES,
          logger,
        }),
      ),
    measureRoutes: telemetry.measureRoutes,
    problems: readiness.problems,
  });
  scope.onStop("RPC server", () => server.close(serverDeadlineMs));
  serving();
  logger.info("Ready", {
    grpc: formatAddress(server.address),
    objects: objectServer ? formatAddress(objectServer.address) : config.MINIO_ENDPOINT,
    metrics: formatAddress(config.METER_ADDR),
  });

  // A folder cannot answer clients, as an S3 endpoint does by itself.
  async function startFolderServer(folder: string) {
    const objectServer = await startObjectServer({
      address: config.HTTP_ADDR,
      bucket: config.MINIO_BUCKET,
      folder,
    });
    scope.onStop("object server", () => objectServer.close(serverDeadlineMs));
    return objectServer;
  }
});
