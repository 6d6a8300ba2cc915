// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { run } from "../../lib/run.ts";
import { requireTool } from "../install/tool-path.ts";
import type { ServerKind } from "../server.ts";

/**
 * Never flushed to the disk: commits survive the server's death, not the machine's. Without
 * synchronous commits they would be in the server's memory alone for a while.
 */
const settings = {
  listen_addresses: "127.0.0.1",
  fsync: "off",
  full_page_writes: "off",
};

/** PostgreSQL with the superuser `postgres`, who needs no password. */
export const postgres: ServerKind = {
  title: "PostgreSQL, superuser postgres without a password",
  wellKnownPort: 5432,
  stopSignal: "SIGINT",
  programs: () => ["postgres", "initdb"],
  user: unprivilegedUser,
  async prepare({ folder }) {
    const args = ["-D", join(folder, "data"), "-U", "postgres", "-A", "trust"];
    const { ok, output } = await run(
      requireTool("initdb"),
      [...args, "-E", "UTF8", "--locale=C", "--no-sync"],
      { cwd: folder, user: unprivilegedUser() },
    );
    if (!ok) throw new Error(`Cannot make a PostgreSQL database in '${folder}'\n${output}`);
  },
  command: ({ folder, ports: [port] }) => [
    requireTool("postgres"),
    ...["-D", join(folder, "data"), "-p", `${port}`],
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    // A path for sockets may have 107 bytes, and clients come by TCP.
    ...["-c", "unix_socket_directories="],
  ],
  isReady: async ({ log }) => log().includes("database system is ready to accept connections"),
  variables: ({ ports: [port] }) => ({
    POSTGRES_URL: `postgres://postgres@127.0.0.1:${port}/postgres`,
  }),
};

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" })),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}
