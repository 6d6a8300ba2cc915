// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireTool } from "../install/tool-path.ts";
import type { ServerKind, StartOptions } from "../server.ts";
import { answersHttp } from "./probes.ts";

export interface PrometheusOptions extends StartOptions {
  /** Path of its configuration. Default: one that scrapes nothing. */
  readonly configFile?: string;
  /** Flags beside its own, such as `--enable-feature=native-histograms`. */
  readonly flags?: readonly string[];
}

/** Prometheus without service discovery and without a page: scrapes, rules, alerts, its API. */
export const prometheus: ServerKind<PrometheusOptions> = {
  title: "Prometheus",
  wellKnownPort: 9090,
  stopSignal: "SIGTERM",
  programs: () => ["prometheus"],
  command({ folder, ports: [port] }, { configFile = join(folder, "empty.yml"), flags = [] }) {
    writeFileSync(join(folder, "empty.yml"), "");
    return [
      requireTool("prometheus"),
      ...[`--config.file=${configFile}`, `--storage.tsdb.path=${join(folder, "data")}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, "--web.enable-lifecycle"],
      ...["--web.enable-remote-write-receiver", "--log.level=warn", ...flags],
    ];
  },
  isReady: ({ ports: [port] }) => answersHttp(port, "/-/ready"),
  variables: ({ ports: [port] }) => ({ PROMETHEUS_URL: `http://127.0.0.1:${port}` }),
};
