// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startServer, toolPath } from "@labwire/servers";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";

const deploy = (path: string) => fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url));
const promtool = toolPath("promtool");
// In CI a missing tool is a failure, not a reason to skip.
const mayRun = (path: string | undefined) =>
  test.skipIf(path === undefined && process.env.CI !== "true");

async function runPromtool(...args: string[]): Promise<string> {
  if (promtool === undefined) throw new Error("Cannot find promtool");
  return (await promisify(execFile)(promtool, args)).stdout;
}

mayRun(promtool)("promtool takes prometheus.yml and the rules that it names", async () => {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(deploy("prometheus"), folder, { recursive: true });
  // The tests' promtool is built without service discovery, and would not know this part.
  const file = join(folder, "prometheus.yml");
  const config = parse(readFileSync(file, "utf8")) as { scrape_configs: { dns_sd_configs?: [] }[] };
  const byDns = config.scrape_configs.filter(({ dns_sd_configs: dns }) => dns !== undefined);
  for (const job of byDns) delete job.dns_sd_configs;
  writeFileSync(file, stringify(config));

  const output = await runPromtool("check", "config", file);

  expect(byDns).toHaveLength(1);
  expect(output).toContain("2 rule files found");
});

mayRun(promtool)("promtool finds no fault that it warns of in the rules", async () => {
  const files = ["alerts", "records"].map((name) => deploy(`prometheus/rules/${name}.yml`));
  await runPromtool("check", "rules", "--lint=all", "--lint-fatal", ...files);
});

mayRun(promtool)("every alert fires and resolves in promtool's tests", async () => {
  const output = await runPromtool("test", "rules", deploy("prometheus/tests/alerts.yml"));
  expect(output).toContain("SUCCESS");
});

mayRun(toolPath("alertmanager"))("Alertmanager starts with alertmanager.yml", async () => {
  const configFile = deploy("alertmanager/alertmanager.yml");
  const alertmanager = await startServer("alertmanager", { configFile });
  onTestFinished(() => alertmanager.remove());
  const status = await fetch(`http://127.0.0.1:${alertmanager.port}/api/v2/status`);
  const { config } = (await status.json()) as { config: { original: string } };
  expect(config.original).toContain("VideoStreamDown");
});
