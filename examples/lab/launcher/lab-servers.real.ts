// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { processVariables } from "../deployment/process-variables.ts";
import type { ConfigSource, Variables } from "../kit/config.ts";
import { ConfigError, readConfig } from "../kit/config.ts";
import { withoutPassword } from "../kit/without-password.ts";
import { realServerVariables } from "./config.ts";
import type { LabServers } from "./lab-servers.ts";
import { wellKnownPorts } from "./ports.ts";
import { labProcesses, migration } from "./processes.ts";

type Environment = ConfigSource["env"];

/**
 * Servers that run already. The services read the environment themselves; here it is only looked
 * at, so that what no service would take is told before anything starts.
 *
 * @throws ConfigError that names all variables that are missing, and says how to get servers, or
 * the first one that is malformed or names a file.
 */
export function realServers(env: Environment): LabServers {
  try {
    refuseMissing(env);
    const servers = describeServers(env);
    refuseMalformed(servers, env);
    return servers;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`Cannot use real servers: ${error.message}`);
  }
}

function refuseMissing(env: Environment): void {
  const missing = Object.entries<Variables[string]>(realServerVariables)
    .filter(([name, variable]) => variable.default === undefined && !env[name])
    .map(([name]) => name);
  if (missing.length === 0) return;
  const help = "`npm run servers` starts all and prints what to export";
  throw new ConfigError(`Missing ${missing.join(", ")} (${help})`);
}

function describeServers(env: Environment): LabServers {
  const config = readConfig(realServerVariables, { env });
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

function refuseMalformed(servers: LabServers, env: Environment): void {
  // Any ports will do, and of several video-streams one.
  const processes = [...labProcesses(servers, wellKnownPorts(1)), migration(servers)];
  for (const process of processes) {
    const variables = processVariables[process.name as keyof typeof processVariables];
    readConfig(variables, { env: { ...env, ...process.env } });
  }
}
