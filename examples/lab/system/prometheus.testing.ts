// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { startServer } from "@labwire/servers";
import { queryPrometheus, type Series } from "@labwire/servers/monitoring";
import type { RealLab } from "./real-lab.testing.ts";

const rules = new URL("../../../deploy/prometheus/rules/", import.meta.url);

/** An alert as Alertmanager tells it. */
export interface Alert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Prometheus that scrapes a lab, with the rules of `deploy/`, and Alertmanager behind it. */
export interface Monitoring {
  /** What Alertmanager has told so far. */
  readonly alerts: readonly Alert[];
  query(expression: string): Promise<Series[]>;
  close(): Promise<void>;
}

/** Starts both; every alert of the rules fires at once instead of after its time. */
export async function startMonitoring(lab: RealLab): Promise<Monitoring> {
  const folder = mkdtempSync(join(tmpdir(), "monitoring-"));
  const alerts: Alert[] = [];
  const webhook = createServer(async (request, response) => {
    const { alerts: told } = (await json(request)) as { alerts: Alert[] };
    alerts.push(...told);
    response.end();
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const { port } = webhook.address() as AddressInfo;

  const alertmanagerConfig = join(folder, "alertmanager.json");
  writeFileSync(
    alertmanagerConfig,
    JSON.stringify({
      route: { receiver: "test", group_wait: "0s", group_interval: "1s", group_by: ["..."] },
      receivers: [{ name: "test", webhook_configs: [{ url: `http://127.0.0.1:${port}/` }] }],
    }),
  );
  const alertmanager = await startServer("alertmanager", { configFile: alertmanagerConfig });

  for (const name of readdirSync(rules).filter((name) => name.endsWith(".yml"))) {
    const text = readFileSync(new URL(name, rules), "utf8");
    writeFileSync(
      join(folder, name),
      text.replaceAll(/^(\s+(?:for|keep_firing_for):).*$/gm, "$1 0s"),
    );
  }
  const config = join(folder, "prometheus.json");
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: [join(folder, "*.yml")],
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager.port}`] }] }],
      },
      scrape_configs: lab.names.map((name) => ({
        job_name: name,
        static_configs: [{ targets: [new URL(lab.url(name, "metrics")).host] }],
      })),
    }),
  );
  const prometheus = await startServer("prometheus", { configFile: config });

  return {
    alerts,
    query: (expression) => queryPrometheus(prometheus.port, expression),
    close: async () => {
      await prometheus.remove();
      await alertmanager.remove();
      webhook.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
