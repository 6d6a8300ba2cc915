// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { exportLines, labVariables } from "./lab-variables.ts";

test("labVariables() names servers as the lab's processes do", () => {
  expect(
    labVariables({ KAFKA_ADDRS: "k:1", POSTGRES_URL: "postgres://p", REDIS_ADDR: "r:2" }),
  ).toEqual({
    KAFKA_PRODUCER_ADDRS: "k:1",
    KAFKA_CONSUMER_ADDRS: "k:1",
    POSTGRES_URL: "postgres://p",
    MIGRATION_URL: "postgres://p",
    REDIS_ADDR: "r:2",
  });
  expect(labVariables({ REDIS_ADDR: "r:2" })).toEqual({ REDIS_ADDR: "r:2" });
});

test("exportLines() can be read by a shell, whatever the values have in them", () => {
  const variables = {
    MONGO_URL: "mongodb://127.0.0.1:27017",
    MINIO_PASSWORD: 'it\'s $HOME; `id` "x" & more',
  };
  const script = `${exportLines(variables)}printf '%s|%s' "$MONGO_URL" "$MINIO_PASSWORD"`;

  expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(
    Object.values(variables).join("|"),
  );
  expect(exportLines(variables)).toContain("export MONGO_URL=mongodb://127.0.0.1:27017\n");
});
