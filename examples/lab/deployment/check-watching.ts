// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { portsOf } from "./check-workloads.ts";
import { isLabImage, labProcessOf } from "./lab-process.ts";
import type { Deployment } from "./workload.ts";

/** The parts of `prometheus.yml` that name others. */
export interface PrometheusConfig {
  readonly alerting?: { readonly alertmanagers?: readonly Targets[] };
  readonly scrape_configs: readonly ScrapeConfig[];
}

interface ScrapeConfig extends Targets {
  readonly job_name: string;
  readonly metrics_path?: string;
}

interface Targets {
  readonly static_configs?: readonly { readonly targets: readonly string[] }[];
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
}

/** Faults of what Prometheus scrapes and tells: targets that are nowhere, processes left out. */
export function faultsOfScraping(config: PrometheusConfig, deployment: Deployment): string[] {
  const { scrape_configs: jobs, alerting } = config;
  const targets = [...jobs, ...(alerting?.alertmanagers ?? [])].flatMap(targetsOf);
  return [
    ...targets
      .filter((target) => !listensAt(target.replace("localhost:", "prometheus:"), deployment))
      .map((target) => `nobody listens at ${target}`),
    ...deployment.workloads
      .filter(({ image, isJob }) => isLabImage(image) && !isJob)
      .flatMap((workload) => {
        const process = labProcessOf(workload);
        if (process === undefined) return [];
        const target = `${workload.name}:${process.listens.get("METER_ADDR")}`;
        const job = jobs.find((candidate) => targetsOf(candidate).includes(target));
        if (job === undefined) return [`${target} is not scraped`];
        // Rules and dashboards ask for the job by the name of the service.
        const path = job.metrics_path ?? "/metrics";
        return [
          ...(job.job_name === workload.name ? [] : [`${target} is scraped as ${job.job_name}`]),
          ...(path === process.config.METER_PATH ? [] : [`${target} has no ${path}`]),
        ];
      }),
  ];
}

function targetsOf({ static_configs = [], dns_sd_configs = [] }: Targets): string[] {
  return [
    ...static_configs.flatMap(({ targets }) => targets),
    ...dns_sd_configs.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
  ];
}

/** Whether a workload listens at `host:port`. */
export function listensAt(target: string, deployment: Deployment): boolean {
  const [host = "", port = ""] = target.split(":");
  const endpoint = deployment.endpoint(host, Number(port));
  return endpoint !== undefined && portsOf(endpoint.workload).includes(endpoint.port);
}
