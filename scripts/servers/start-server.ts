// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { toolPath } from "./install/tool-path.ts";
import { type ServerName, type ServerOptions, serverKinds } from "./kinds.ts";
import { RunningServer } from "./running-server.ts";
import type { Server, ServerKind, StartOptions } from "./server.ts";

/**
 * Starts a server on 127.0.0.1 and resolves when it takes requests. It ends with this process at
 * the latest, however that ends.
 *
 * @throws Error when it is not installed, ends at once, or is not ready within a minute.
 */
export async function startServer<Name extends ServerName>(
  name: Name,
  options?: ServerOptions[Name],
): Promise<Server> {
  const kind = serverKinds[name] as ServerKind<StartOptions>;
  const chosen: StartOptions = options ?? {};
  for (const program of kind.programs(chosen)) {
    if (toolPath(program)) continue;
    throw new Error(
      `Cannot start ${name}: '${program}' is not installed (npm run servers -- install)`,
    );
  }
  for (let attempt = 1; ; attempt++) {
    const server = await RunningServer.create(name, kind, chosen);
    try {
      await server.start();
      return server;
    } catch (error) {
      const portWasTaken = /address (already )?in use|could not bind/i.test(server.log());
      await server.remove();
      // Another process was faster to take the port that was free.
      if (!portWasTaken || chosen.port !== undefined || attempt === 3) throw error;
    }
  }
}
