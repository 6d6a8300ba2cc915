// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http";
import type { Transport } from "@connectrpc/connect";
import type { GatewayOptions } from "@labwire/gatewaykit";
import { createGateway } from "@labwire/gatewaykit";
import { formatAddress } from "../kit/address.ts";
import { closeHttpServer } from "../kit/close-http-server.ts";
import { listen } from "../kit/listen.ts";
import { createLogger } from "../kit/logger.ts";
import { createReadiness } from "../kit/readiness.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { runProcess } from "../kit/run-process.ts";
import { startTelemetry } from "../kit/telemetry/telemetry.ts";
import type { GatewayConfig } from "./config.ts";
import { answerProbe } from "./probes.ts";

/** The life of a gateway process: REST in front of one gRPC server. */
export async function runGateway(
  config: GatewayConfig,
  gatewayOptions: (transport: Transport) => GatewayOptions,
): Promise<void> {
  const logger = createLogger({ level: config.LOGGER_LEVEL });
  await runProcess({ logger, gracefulTimeoutMs: config.GRACEFUL_TIMEOUT }, async (scope) => {
    const readiness = createReadiness();
    const listening = readiness.pending("http");
    const telemetry = await startTelemetry(config, scope, readiness);
    const transport = createRpcTransport({
      address: config.GRPC_SERVER_ADDR,
      interceptors: telemetry.clientInterceptors,
    });
    const gateway = createGateway({
      timeoutMs: config.GRPC_SERVER_TIMEOUT,
      ...gatewayOptions(transport),
    });

    const server = createServer((request, response) => {
      if (!answerProbe(request, response, readiness)) gateway.node(request, response);
    });
    const address = await listen(server, config.HTTP_ADDR);
    // The rest of the time is for what stops after it.
    scope.onStop("http", () => closeHttpServer(server, config.GRACEFUL_TIMEOUT / 2));
    listening();
    logger.info("Ready", {
      http: formatAddress(address),
      backend: formatAddress(config.GRPC_SERVER_ADDR),
    });
  });
}
