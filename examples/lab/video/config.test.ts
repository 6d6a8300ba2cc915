// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ConfigError, readConfig } from "../kit/config.ts";
import { videoApiVariables } from "./config.ts";
import { videoStoreSchemes } from "./store.open.ts";

const env = { MONGO_URL: "sqlite:videos.db", MINIO_ENDPOINT: "file:objects" };

test("videoApiVariables need only the addresses of the stores", () => {
  const config = readConfig(videoApiVariables, { env });

  expect(config).toMatchObject({
    GRPC_ADDR: { host: "", port: 8081 },
    HTTP_ADDR: { host: "", port: 9000 },
    MAX_UPLOAD_BYTES: 2 * 1024 ** 3,
    SWEEP_AGE: 3_600_000,
    KAFKA_PRODUCER_REQUIRED_ACKS: -1,
  });
});

test.each([
  [
    "MONGO_URL",
    "mysql://localhost",
    `a URL that starts with '${videoStoreSchemes.join(":' or '")}:'`,
  ],
  [
    "MINIO_ENDPOINT",
    "ftp:objects",
    "file:<folder>, host:port, http://host:port or https://host:port",
  ],
])("videoApiVariables refuse %s with an adapter that is not there", (name, value, must) => {
  const read = () => readConfig(videoApiVariables, { env: { ...env, [name]: value } });

  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`Malformed ${name}: must be ${must}: current value is '${value}'`);
});
