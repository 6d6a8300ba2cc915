// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, test } from "vitest";
import { toolPath } from "./install/tool-path.ts";

/** Variables that the integration tests' set-up fills, by the server that it starts for them. */
export type ServerVariable =
  | "KAFKA_ADDRS"
  | "POSTGRES_URL"
  | "MONGO_URL"
  | "REDIS_ADDR"
  | "MINIO_ENDPOINT"
  | "MINIO_USERNAME"
  | "MINIO_PASSWORD";

/**
 * A `describe` for tests that need servers, named by variables of the environment. When one is
 * missing it is one skipped test that names the variable; in CI that test fails instead.
 */
export function describeWith<Name extends ServerVariable>(
  names: readonly Name[],
  title: string,
  body: (env: Record<Name, string>) => void,
): void {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length === 0) {
    const env = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    describe(title, () => body(env as Record<Name, string>));
    return;
  }
  skip(`${title}: ${missing.join(", ")} not set`);
}

/** As {@link describeWith}, for tests that need programs which `install` brings. */
export function describeWithTools(
  programs: readonly string[],
  title: string,
  body: () => void,
): void {
  const missing = programs.filter((program) => !toolPath(program));
  if (missing.length === 0) describe(title, body);
  else skip(`${title}: ${missing.join(", ")} not installed`);
}

function skip(reason: string): void {
  test.skipIf(process.env.CI !== "true")(reason, () => {
    throw new Error(`Cannot test ${reason} (npm run servers -- install brings the servers)`);
  });
}
