// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { toolPath } from "./install/tool-path.ts";
import { type ServerName, serverKinds } from "./kinds.ts";
import type { Server } from "./server.ts";
import { startServer } from "./start-server.ts";

/** What integration tests share. The others are started by the tests that need them. */
const shared = ["kafka", "postgres", "mongo", "redis", "s3"] satisfies ServerName[];

/** By the variable that tests find it by. */
const variables: Record<(typeof shared)[number], string> = {
  kafka: "KAFKA_ADDRS",
  postgres: "POSTGRES_URL",
  mongo: "MONGO_URL",
  redis: "REDIS_ADDR",
  s3: "MINIO_ENDPOINT",
};

/**
 * Set-up of `npm run test:integration`: starts each server that is installed and that the
 * environment does not name already. Gives what removes them.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const servers = await Promise.all(
    shared
      .filter((name) => !process.env[variables[name]])
      .filter((name) => serverKinds[name].programs({}).every((program) => toolPath(program)))
      .map((name): Promise<Server> => startServer(name)),
  );
  for (const { env } of servers) Object.assign(process.env, env);
  return async () => {
    await Promise.all(servers.map((server) => server.remove()));
  };
}
