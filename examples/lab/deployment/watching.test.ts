// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { globSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loopback, wellKnownPorts } from "../launcher/ports.ts";
import type { PrometheusConfig } from "./check-watching.ts";
import { faultsOfScraping, listensAt } from "./check-watching.ts";
import { prometheusRules } from "./prometheus-rules.ts";
import { composeDeployment, readCompose } from "./read-compose.ts";

const compose = readCompose("compose.yaml");
const deployment = composeDeployment(compose, "compose.yaml");
const config = readYaml("deploy/prometheus/prometheus.yml");

function readYaml(path: string) {
  return parse(readFileSync(path, "utf8"));
}

/** Where a folder of the repository is mounted in a service's container. */
function mountOf(service: string, folder: string): string | undefined {
  const volumes = compose.services[service]?.volumes ?? [];
  return volumes.find((volume) => volume.startsWith(`./${folder}:`))?.split(":")[1];
}

describe("Prometheus of compose.yaml", () => {
  test("scrapes every process, and tells the Alertmanager", () => {
    expect(faultsOfScraping(config, deployment)).toEqual([]);
  });

  test("finds its configuration and its rules where they are mounted", () => {
    const folder = mountOf("prometheus", "deploy/prometheus");
    expect(compose.services.prometheus?.command).toContain(
      `--config.file=${folder}/prometheus.yml`,
    );
    for (const pattern of config.rule_files) {
      expect(globSync(`deploy/prometheus/${pattern}`)).not.toEqual([]);
    }
    const alertmanager = mountOf("alertmanager", "deploy/alertmanager");
    expect(compose.services.alertmanager?.command).toContain(
      `--config.file=${alertmanager}/alertmanager.yml`,
    );
  });

  test.each([
    ["a target that is nowhere", "comment-api:2222", "comments:2222", "nobody listens at comments"],
    ["a port where nobody listens", "comment-api:2222", "comment-api:2223", "nobody listens at"],
    ["a process that is left out", "comment-api:2222", "video-api:2222", "comment-api:2222 is not"],
    ["a job of another name", '"job_name":"video-api"', '"job_name":"videos"', "scraped as videos"],
    [
      "a name for DNS",
      '"names":["video-stream"]',
      '"names":["stream"]',
      "nobody listens at stream",
    ],
    ["an Alertmanager that is nowhere", "alertmanager:9093", "alerts:9093", "listens at alerts"],
  ])("would not pass with %s", (_, from, to, fault) => {
    const text = JSON.stringify(config);
    expect(text).toContain(from);
    const changed: PrometheusConfig = JSON.parse(text.replaceAll(from, to));
    expect(faultsOfScraping(changed, deployment).join("\n")).toContain(fault);
  });
});

describe("Prometheus beside services from source", () => {
  const fromSource: typeof config = readYaml("deploy/prometheus/from-source.yml");

  test("scrapes every process on the port of its metrics", () => {
    const ports = wellKnownPorts(1);
    const targets = Object.fromEntries(
      (fromSource as PrometheusConfig).scrape_configs.map((job) => [
        job.job_name,
        job.static_configs?.[0]?.targets,
      ]),
    );

    expect(targets).toEqual({
      "comment-api": [loopback(ports.commentApiMetrics)],
      "video-api": [loopback(ports.videoApiMetrics)],
      "comment-gateway": [loopback(ports.commentGatewayMetrics)],
      "video-gateway": [loopback(ports.videoGatewayMetrics)],
      "video-stream": [loopback(ports.videoStreamMetrics[0] ?? 0)],
    });
  });

  test("has the rules of compose's", () => {
    expect(fromSource.rule_files).toEqual(config.rule_files);
  });
});

describe("Grafana of compose.yaml", () => {
  test("reads data sources that are there", () => {
    const { datasources } = readYaml("deploy/grafana/provisioning/datasources/datasources.yml");
    for (const { url } of datasources) {
      expect.soft(listensAt(new URL(url).host, deployment), url).toBe(true);
    }
  });

  test("finds provisioning and dashboards where they are mounted", () => {
    expect(mountOf("grafana", "deploy/grafana/provisioning")).toBe("/etc/grafana/provisioning");
    const { providers } = readYaml("deploy/grafana/provisioning/dashboards/dashboards.yml");
    expect(providers[0].options.path).toBe(mountOf("grafana", "deploy/grafana/dashboards"));
  });
});

describe("monitoring of deploy/kubernetes", () => {
  test("has the rules of deploy/prometheus", () => {
    const file = "deploy/kubernetes/components/monitoring/prometheus-rules.yaml";
    expect(readFileSync(file, "utf8"), "run `npm run generate`").toBe(
      prometheusRules("deploy/prometheus/rules"),
    );
  });

  test("has every dashboard", () => {
    const { configMapGenerator } = readYaml("deploy/grafana/dashboards/kustomization.yaml");
    const listed = configMapGenerator.flatMap(({ files }: { files: string[] }) => files);
    const there = readdirSync("deploy/grafana/dashboards").filter((name) => name.endsWith(".json"));
    expect(listed.sort(), "files of its kustomization.yaml").toEqual(there.sort());
  });
});
