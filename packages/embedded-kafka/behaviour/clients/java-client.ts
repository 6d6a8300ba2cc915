// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolPath } from "@labwire/servers";
import { runClient } from "../run-client.ts";
import type { Site } from "../site.ts";

/** Quick to start, and quiet. */
const javaFlags = [
  ...["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
];

/** JavaClient.java and what else is written in Java here, with one version of kafka-clients. */
export class JavaClient implements Disposable {
  readonly #classes = mkdtempSync(join(tmpdir(), "labwire-java-"));
  readonly #libraries: string;

  constructor(version: "3.9.2" | "4.3.1") {
    this.#libraries = join(toolPath(`kafka-${version}`) ?? "", "libs", "*");
  }

  async compile(names: readonly string[]): Promise<void> {
    const sources = names.map((name) => join(import.meta.dirname, `${name}.java`));
    const options = ["-nowarn", "-cp", this.#libraries, "-d", this.#classes];
    await runClient(toolPath("javac") ?? "", [...options, ...sources]);
  }

  /** Runs a scenario with a group and a transactional id of its own. */
  async run(
    site: Site,
    scenario: string,
    topics: string[],
    config: Record<string, string> = { "bootstrap.servers": site.cluster.addresses.join() },
  ): Promise<Record<string, string>> {
    const properties = Object.entries(config).map(
      ([name, value]) => `${name}=${value.replaceAll("\n", "\\n")}`,
    );
    const program = scenario === "pattern" ? "PatternClient" : "JavaClient";
    const names = [topics.join(), await site.group(), await site.transactionalId()];
    const printed = await runClient("java", [
      ...[...javaFlags, "-cp", `${this.#classes}:${this.#libraries}`],
      ...[program, scenario, ...names, ...properties],
    ]);
    const lines = printed.trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
  }

  [Symbol.dispose](): void {
    rmSync(this.#classes, { recursive: true });
  }
}
