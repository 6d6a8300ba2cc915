// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { realServers } from "./lab-servers.real.ts";
import { freePorts } from "./ports.ts";
import { labProcesses, migration } from "./processes.ts";

const env = {
  POSTGRES_URL: "postgres://lab:p@ss@db:5432/comments",
  MONGO_URL: "mongodb://mongo:27017",
  MINIO_ENDPOINT: "http://s3:9000",
  MINIO_USERNAME: "user",
  MINIO_PASSWORD: "secret",
  KAFKA_PRODUCER_ADDRS: "kafka:9092",
  KAFKA_CONSUMER_ADDRS: "kafka:9092",
};

test("realServers() runs the services alone, and says without passwords where data is", async () => {
  const servers = realServers(env);

  const processes = labProcesses(servers, await freePorts(2));
  expect(processes.map(({ name }) => name)).toEqual([
    "video-stream",
    "video-stream-2",
    "comment-api",
    "video-api",
    "comment-gateway",
    "video-gateway",
  ]);
  expect(servers.where).toBe(
    "postgres://lab:***@db:5432/comments, mongodb://mongo:27017, http://s3:9000",
  );
});

test.each([
  ["the address of the store", {}, env.POSTGRES_URL],
  [
    "MIGRATION_URL when it is there",
    { MIGRATION_URL: "postgres://admin@db" },
    "postgres://admin@db",
  ],
])("realServers() migrates %s", (_, more, url) => {
  expect(migration(realServers({ ...env, ...more })).env).toEqual({ MIGRATION_URL: url });
});

test.each(Object.keys(env))("realServers() names %s when it is missing, in one line", (name) => {
  const missing = () => realServers({ ...env, [name]: undefined });

  expect(missing).toThrow(
    new RegExp(`^Cannot use real servers: Missing ${name}: .* \\(\`npm run servers\` .*\\)$`),
  );
});
