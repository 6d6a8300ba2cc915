// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createClient } from "@connectrpc/connect";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { formatAddress } from "../kit/address.ts";
import { openCache } from "../kit/cache/cache.open.ts";
import { readConfig } from "../kit/config.ts";
import { createLogger } from "../kit/logger.ts";
import { createReadiness } from "../kit/readiness.ts";
import { repeat } from "../kit/repeat.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { exitOnConfigError, runProcess } from "../kit/run-process.ts";
import { measureStore } from "../kit/telemetry/store-metrics.ts";
import { startTelemetry } from "../kit/telemetry/telemetry.ts";
import { waitFor } from "../kit/wait-for.ts";
import { commentApiVariables } from "./config.ts";
import { createCommentService } from "./service.ts";
import { createCachedCommentStore } from "./store.cached.ts";
import { openCommentDatabase } from "./store.open.ts";
import { CommentNotFoundError } from "./store.ts";
import { createCommentSweep } from "./sweep.ts";

const config = exitOnConfigError(() =>
  readConfig(commentApiVariables, { env: process.env, argv: process.argv.slice(2) }),
);
const logger = createLogger({ level: config.LOGGER_LEVEL });

await runProcess({ logger, gracefulTimeoutMs: config.GRACEFUL_TIMEOUT }, async (scope) => {
  const readiness = createReadiness();
  const storeIsThere = readiness.pending("comment store");
  const serving = readiness.pending("RPC server");
  const telemetry = await startTelemetry(config, scope, readiness);

  const database = await waitFor(
    "the comment store",
    () => openCommentDatabase(config.POSTGRES_URL),
    // Migrations take no longer, and a look at the table costs next to nothing.
    { logger, signal: scope.signal, maxMs: 1000 },
  );
  scope.onStop("comment store", () => database.store.close());
  const { meterProvider } = telemetry;
  const measured = measureStore(database.store, {
    ...{ meterProvider, url: config.POSTGRES_URL, collection: "comments" },
    isAnswer: (error) => error instanceof CommentNotFoundError,
  });
  const cache = await openCache({
    name: "comments",
    config,
    version: database.version,
    meterProvider,
    logger,
  });
  scope.onStop("cache", () => cache.close());
  const store = createCachedCommentStore(measured, cache);
  storeIsThere();

  const video = createClient(
    Video,
    createRpcTransport({
      address: config.VIDEO_SERVER_ADDR,
      timeoutMs: config.VIDEO_SERVER_TIMEOUT,
      interceptors: telemetry.clientInterceptors,
    }),
  );
  const { signal } = scope;
  const sweep = createCommentSweep({ store, video, backMs: config.SWEEP_BACK, logger, signal });
  const timing = { intervalMs: config.SWEEP_INTERVAL, signal, logger };
  const sweeping = repeat("the sweep of comments of deleted videos", sweep, timing);
  scope.onStop("sweep", () => sweeping);

  const service = createCommentService({ store, video, logger });
  const server = await startRpcServer({
    address: config.GRPC_ADDR,
    routes: (router) => router.service(Comment, service),
    measureRoutes: telemetry.measureRoutes,
    problems: readiness.problems,
  });
  // The rest of the time is for what stops after the server.
  scope.onStop("RPC server", () => server.close(config.GRACEFUL_TIMEOUT / 2));
  serving();

  logger.info("Ready", {
    grpc: formatAddress(server.address),
    metrics: formatAddress(config.METER_ADDR),
  });
});
