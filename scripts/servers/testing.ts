// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, test } from "vitest";

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
  const reason = `${title}: ${missing.join(", ")} not set`;
  test.skipIf(process.env.CI !== "true")(reason, () => {
    throw new Error(`Cannot test ${reason} (npm run servers -- install brings the servers)`);
  });
}
