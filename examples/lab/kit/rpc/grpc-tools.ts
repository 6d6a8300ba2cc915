// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouter } from "@connectrpc/connect";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { createGrpcHealth } from "./grpc-health.ts";
import { createGrpcReflection, createGrpcReflectionAlpha } from "./grpc-reflection.ts";

export interface GrpcToolsOptions {
  readonly problems: () => readonly string[];
  /** Aborts when the server stops taking calls. */
  readonly stopping: AbortSignal;
}

/** Adds health checks and reflection for the services that the router has. */
export function serveGrpcTools(router: ConnectRouter, options: GrpcToolsOptions): void {
  const own = [...new Set(router.handlers.map(({ service }) => service))];
  const reflection = createGrpcReflection([
    ...own,
    Health,
    ServerReflection,
    ServerReflectionAlpha,
  ]);
  const services = own.map(({ typeName }) => typeName);
  router.service(Health, createGrpcHealth({ ...options, services }));
  router.service(ServerReflection, reflection);
  router.service(ServerReflectionAlpha, createGrpcReflectionAlpha(reflection));
}
