// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Server, startServer, toolPath } from "@labwire/servers";
import {
  expectAnswers,
  panelQueries,
  queryPrometheus,
  resolveVariables,
  variableSelectors,
  withoutThresholds,
} from "@labwire/servers/monitoring";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { migrationQueries } from "../docs/migration-queries.testing.ts";
import { type MeasuredLoad, startMeasuredLoad } from "./measured-load.testing.ts";
import { dashboards, rules } from "./monitored.testing.ts";

// In CI a missing server is a failure, not a reason to skip.
const isMissing = toolPath("prometheus") === undefined && process.env.CI !== "true";

describe.skipIf(isMissing)("Prometheus reads a server and a client under load", () => {
  const folder = mkdtempSync(join(tmpdir(), "otelkit-monitoring-"));
  let load: MeasuredLoad;
  let prometheus: Server;
  const ask = (expression: string) => queryPrometheus(prometheus.port, expression);

  beforeAll(async () => {
    load = await startMeasuredLoad();
    const configFile = join(folder, "prometheus.json");
    writeFileSync(
      configFile,
      JSON.stringify({
        global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
        rule_files: [fileURLToPath(new URL("rules/*.yml", import.meta.url))],
        scrape_configs: Object.entries(load.targets).map(([job_name, url]) => ({
          job_name,
          static_configs: [{ targets: [new URL(url).host] }],
        })),
      }),
    );
    prometheus = await startServer("prometheus", { configFile });
  });

  afterAll(async () => {
    await prometheus?.remove();
    await load?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(dashboards)("$file has data in every panel and for every variable", ({ dashboard }) =>
    expectAnswers(
      [...panelQueries(dashboard), ...variableSelectors(dashboard)].map(
        ({ where, expression }) => ({
          where,
          expression: resolveVariables(expression, dashboard),
        }),
      ),
      ask,
    ),
  );

  test("every rule looks at data", () =>
    expectAnswers(
      rules.map(({ alert, record, expr }) => ({
        where: alert ?? record ?? "",
        expression: alert === undefined ? expr : withoutThresholds(expr),
      })),
      ask,
    ));

  test("every alert can be evaluated", async () => {
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    const answers = await Promise.all(alerts.map(({ expr }) => ask(expr)));
    expect(answers).toHaveLength(alerts.length);
  });

  test("every query of the migration guide has data", () => expectAnswers(migrationQueries, ask));

  test("all presets, and both sides, tell the same of the same calls", async () => {
    await load.stop();
    await vi.waitFor(
      async () => {
        const [active, semconv, grpc, otelconnect, ofServer, ofClient] = await Promise.all([
          ask('sum({__name__=~"rpc_(server|client)_active_calls"})'),
          ask('sum(rpc_server_call_duration_seconds_count{job="shop"})'),
          ask("sum(grpc_server_handled_total)"),
          ask("sum(rpc_server_duration_milliseconds_count)"),
          handledByCode("server"),
          handledByCode("client"),
        ]);
        expect(active).toEqual([{ metric: {}, value: 0 }]);
        expect(grpc).toEqual(semconv);
        expect(otelconnect).toEqual(semconv);
        expect(ofServer).toEqual(ofClient);
        expect(Object.keys(ofServer).sort()).toEqual(["Internal", "NotFound", "OK"]);
      },
      { timeout: 20_000, interval: 500 },
    );
  });

  /** Without calls that may pass their deadline before a server has heard of them. */
  async function handledByCode(side: "server" | "client"): Promise<Record<string, number>> {
    const selector = `grpc_code!~"Canceled|DeadlineExceeded", grpc_service!="unknown"`;
    const series = await ask(`sum by (grpc_code) (grpc_${side}_handled_total{${selector}})`);
    return Object.fromEntries(series.map(({ metric, value }) => [metric.grpc_code, value]));
  }
});
