// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { Variables } from "./config.ts";
import { readConfig } from "./config.ts";
import * as variable from "./variables.ts";

const variables = {
  GRPC_ADDR: variable.address({ default: ":8081", doc: "Where gRPC is served." }),
  GRACEFUL_TIMEOUT: variable.duration({ default: "10s", doc: "How long a stop may take." }),
  MONGO_URL: variable.adapterUrl(["mongodb", "sqlite"], { doc: "Where videos are stored." }),
} satisfies Variables;

test("readConfig() takes the environment, flags before it, and defaults for the rest", () => {
  const config = readConfig(variables, {
    env: { MONGO_URL: "sqlite:videos.db", GRPC_ADDR: ":1", GRACEFUL_TIMEOUT: "" },
    argv: ["--grpc_addr", "localhost:2"],
  });

  expect(config).toEqual({
    GRPC_ADDR: { host: "localhost", port: 2 },
    GRACEFUL_TIMEOUT: 10_000,
    MONGO_URL: "sqlite:videos.db",
  });
});

test.each([
  [{}, [], "Missing MONGO_URL: Where videos are stored."],
  [
    { MONGO_URL: "mysql://x" },
    [],
    "Malformed MONGO_URL: must be a URL that starts with 'mongodb:' or 'sqlite:': current value is 'mysql://x'",
  ],
  [
    { MONGO_URL: "sqlite:x", GRACEFUL_TIMEOUT: "ten" },
    [],
    "Malformed GRACEFUL_TIMEOUT: must be a duration like 500ms, 30s or 3m: current value is 'ten'",
  ],
  [
    { MONGO_URL: "mysql://user:secret@host" },
    [],
    "Malformed MONGO_URL: must be a URL that starts with 'mongodb:' or 'sqlite:': current value is 'mysql://user:***@host'",
  ],
  [{}, ["--mongo"], "Unknown argument '--mongo'"],
  [{}, ["--mongo-url=mongodb://user:secret@host"], /^Unknown argument '--mongo-url'$/],
  [{}, ["mongodb://user:secret@host"], "Unknown argument 'mongodb://user:***@host'"],
  [{}, ["--mongo_url"], "Missing value of flag '--mongo_url'"],
])("readConfig() refuses %j with %j", (env, argv, message) => {
  expect(() => readConfig(variables, { env, argv })).toThrow(message);
});
