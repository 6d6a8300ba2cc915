// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ConfigError, readConfig } from "../kit/config.ts";
import { withoutPassword } from "../kit/without-password.ts";
import { realServerVariables } from "./config.ts";
import type { LabServers } from "./lab-servers.ts";

/**
 * Servers that run already. The services read their addresses from the environment themselves; here
 * they are only looked at, so that a missing one is told before anything starts.
 *
 * @throws ConfigError that names the first variable that is missing, and says how to get servers.
 */
export function realServers(env: Readonly<Record<string, string | undefined>>): LabServers {
  const config = readServers(env);
  const servers = [config.POSTGRES_URL, config.MONGO_URL, config.MINIO_ENDPOINT];
  return {
    where: servers.map(withoutPassword).join(", "),
    processes: [],
    env: {
      migration: { MIGRATION_URL: config.MIGRATION_URL || config.POSTGRES_URL },
      commentApi: {},
      videoApi: {},
      videoStream: {},
    },
  };
}

function readServers(env: Readonly<Record<string, string | undefined>>) {
  try {
    return readConfig(realServerVariables, { env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const help = "`npm run servers` starts all and prints what to export";
    throw new ConfigError(`Cannot use real servers: ${error.message} (${help})`);
  }
}
