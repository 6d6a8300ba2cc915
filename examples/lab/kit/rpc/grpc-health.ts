// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";

export interface GrpcHealthOptions {
  /** Full names of the services here; the empty name, of the whole server, is always known. */
  readonly services: readonly string[];
  /** Why the process cannot work now; empty when it can. One answer for all services. */
  readonly problems: () => readonly string[];
  /** Aborts when the server stops taking calls: it does not serve then, and watches end. */
  readonly stopping: AbortSignal;
  /** How often a watch looks for a change. Default 1000, in milliseconds, as probes do. */
  readonly watchIntervalMs?: number;
}

/**
 * The RPCs of `grpc.health.v1.Health`, for probes and for clients that choose among servers.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function createGrpcHealth(options: GrpcHealthOptions): ServiceImpl<typeof Health> {
  const { problems, stopping, watchIntervalMs = 1000 } = options;
  const services = ["", ...options.services];

  const ownStatus = () =>
    stopping.aborted || problems().length > 0 ? Status.NOT_SERVING : Status.SERVING;
  const statusOf = (service: string) => (services.includes(service) ? ownStatus() : undefined);

  return {
    check: ({ service }) => {
      const status = statusOf(service);
      if (status === undefined) {
        throw new ConnectError(`unknown service '${service}'`, Code.NotFound);
      }
      return { status };
    },

    list: () => {
      const status = ownStatus();
      return { statuses: Object.fromEntries(services.map((name) => [name, { status }])) };
    },

    async *watch({ service }, context) {
      const end = AbortSignal.any([context.signal, stopping]);
      let told: Status | undefined;
      for (;;) {
        // Before the look, so that what is told last is the end.
        const last = end.aborted;
        const status = statusOf(service) ?? Status.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
        if (last) return;
        await sleep(watchIntervalMs, undefined, { signal: end }).catch(() => {});
      }
    },
  };
}
