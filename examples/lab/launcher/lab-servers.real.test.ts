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

test("realServers() names all that is missing, in one line", () => {
  const { POSTGRES_URL: _, MINIO_USERNAME: __, ...rest } = env;

  expect(() => realServers({ ...rest, KAFKA_CONSUMER_ADDRS: "" })).toThrow(
    "Cannot use real servers: Missing POSTGRES_URL, MINIO_USERNAME, KAFKA_CONSUMER_ADDRS " +
      "(`npm run servers` starts all and prints what to export)",
  );
});

test.each(Object.keys(env))("realServers() names %s when it is missing", (name) => {
  expect(() => realServers({ ...env, [name]: undefined })).toThrow(
    `Cannot use real servers: Missing ${name} (`,
  );
});

test.each([
  ["MONGO_URL", "mongo", "a URL that starts with 'mongodb:' or 'mongodb+srv:'"],
  ["MONGO_URL", "sqlite:videos.db", "a URL that starts with 'mongodb:' or 'mongodb+srv:'"],
  ["POSTGRES_URL", "mysql://db", "a URL that starts with 'postgres:' or 'postgresql:'"],
  ["POSTGRES_URL", "sqlite:comments.db", "a URL that starts with 'postgres:' or 'postgresql:'"],
  ["MIGRATION_URL", "sqlite:comments.db", "a URL that starts with 'postgres:' or 'postgresql:'"],
  ["MINIO_ENDPOINT", "file:objects", "an S3 server, not a folder"],
  ["MINIO_ENDPOINT", "ftp://s3", "file:<folder>, host:port, http://host:port or https://host:port"],
  ["REDIS_ADDR", "redis", "an address like 127.0.0.1:8081"],
  ["KAFKA_PRODUCER_ADDRS", "kafka", "an address like 127.0.0.1:8081"],
  ["KAFKA_CONSUMER_ADDRS", "kafka:9092,kafka", "an address like 127.0.0.1:8081"],
  ["STREAM_CONCURRENCY", "none", "a whole number from 1 to 9007199254740991"],
])("realServers() refuses %s='%s', as the services would", (name, value, wanted) => {
  expect(() => realServers({ ...env, [name]: value })).toThrow(
    `Cannot use real servers: Malformed ${name}: must be ${wanted}: current value is '${value}'`,
  );
});
