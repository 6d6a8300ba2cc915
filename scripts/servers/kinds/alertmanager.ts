// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireTool } from "../install/tool-path.ts";
import type { ServerKind, StartOptions } from "../server.ts";
import { answersHttp } from "./probes.ts";

export interface AlertmanagerOptions extends StartOptions {
  /** Path of its configuration. Default: one that tells nobody. */
  readonly configFile?: string;
  readonly flags?: readonly string[];
}

const silence = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

/** Alertmanager, alone: it looks for no others. */
export const alertmanager: ServerKind<AlertmanagerOptions> = {
  title: "Alertmanager",
  wellKnownPort: 9093,
  stopSignal: "SIGTERM",
  programs: () => ["alertmanager"],
  command({ folder, ports: [port] }, { configFile = join(folder, "silent.yml"), flags = [] }) {
    writeFileSync(join(folder, "silent.yml"), silence);
    return [
      requireTool("alertmanager"),
      ...[`--config.file=${configFile}`, `--storage.path=${join(folder, "data")}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address="],
      ...["--log.level=warn", ...flags],
    ];
  },
  isReady: ({ ports: [port] }) => answersHttp(port, "/-/ready"),
  variables: ({ ports: [port] }) => ({ ALERTMANAGER_URL: `http://127.0.0.1:${port}` }),
};
