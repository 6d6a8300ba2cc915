// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { alertmanager } from "./kinds/alertmanager.ts";
import { kafka } from "./kinds/kafka.ts";
import { mongo } from "./kinds/mongo.ts";
import { postgres } from "./kinds/postgres.ts";
import { prometheus } from "./kinds/prometheus.ts";
import { redis } from "./kinds/redis.ts";
import { s3 } from "./kinds/s3.ts";
import type { ServerKind } from "./server.ts";

/** Every kind of server, by name. */
export const serverKinds = { kafka, postgres, mongo, redis, s3, prometheus, alertmanager };

export type ServerName = keyof typeof serverKinds;

/** What each kind takes at its start. */
export type ServerOptions = {
  [Name in ServerName]: (typeof serverKinds)[Name] extends ServerKind<infer Options>
    ? Options
    : never;
};
