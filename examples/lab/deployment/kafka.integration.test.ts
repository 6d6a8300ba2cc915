// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { toolPath } from "@labwire/servers";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../kit/free-port.ts";
import { composeDeployment, readCompose } from "./read-compose.ts";
import { kubernetesDeployment, readKustomization } from "./read-manifests.ts";
import type { Workload } from "./workload.ts";

const installed = toolPath("kafka-4.3.1");
const run = promisify(execFile);

/**
 * The image's entry hands its environment to this class, which writes the broker's properties and
 * formats its folder. It is in Kafka's own jar, so that the very settings can be tried without an
 * engine for containers.
 */
const imageSetup = "kafka.docker.KafkaDockerWrapper";

describe.skipIf(!installed && process.env.CI !== "true")("Kafka of the deployments", () => {
  const classPath = join(installed ?? "kafka is not installed", "libs", "*");

  test.each([
    ["compose.yaml", composeDeployment(readCompose("compose.yaml"), "")],
    ["deploy/kubernetes", kubernetesDeployment(readKustomization("deploy/kubernetes/base"), "")],
  ])(
    "starts on the settings of %s, and answers at each of its listeners",
    async (_, { workloads }) => {
      const workload = workloads.find(({ name }) => name === "kafka");
      if (workload === undefined) throw new Error("Cannot find kafka");
      const folder = mkdtempSync(join(tmpdir(), "lab-kafka-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const { env, clientPorts } = await onThisMachine(workload, folder);

      await run("java", [...javaFlags, "-cp", classPath, imageSetup, ...configFolders(folder)], {
        env,
      });
      const properties = join(folder, "final/server.properties");
      const broker = spawn("java", [...javaFlags, "-cp", classPath, "kafka.Kafka", properties], {
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      const ended = new Promise((resolve) => broker.once("close", resolve));
      onTestFinished(async () => {
        broker.kill("SIGKILL");
        await ended;
      });
      await started(broker);

      for (const port of clientPorts) {
        const address = `127.0.0.1:${port}`;
        const kafka = new Kafka({
          brokers: [address],
          logLevel: logLevel.NOTHING,
          retry: { initialRetryTime: 200, retries: 12 },
        });
        const admin = kafka.admin();
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        // Clients of a listener are sent to an address that is theirs.
        expect(brokers.map((one) => one.port)).toEqual([port]);
        await admin.disconnect();
      }
    },
    180_000,
  );
});

// The compiler that starts fastest, and no log but of what is wrong and of the end of the start.
const javaFlags = [
  ...["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
];

/** Resolves when the broker says that it has started; rejects with its log when it ends before. */
function started(broker: ChildProcess): Promise<void> {
  let log = "";
  return new Promise((resolve, reject) => {
    broker.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("Kafka Server started")) resolve();
    });
    broker.once("close", () => reject(new Error(`Kafka ended:\n${log}`)));
  });
}

function configFolders(folder: string): string[] {
  const names = ["default", "mounted", "final"];
  for (const name of names) mkdirSync(join(folder, name));
  for (const name of ["server.properties", "log4j2.yaml", "tools-log4j2.yaml"]) {
    writeFileSync(join(folder, "final", name), "");
  }
  return ["setup", ...names.flatMap((name) => [`--${name}-configs-dir`, join(folder, name)])];
}

/** The same settings with ports that are free here, and names that lead here. */
async function onThisMachine({ env }: Workload, folder: string) {
  const listeners = [...(env.KAFKA_LISTENERS ?? "").matchAll(/(\w+):\/\/:(\d+)/g)];
  let text = JSON.stringify(env)
    .replaceAll("//kafka:", "//127.0.0.1:")
    .replaceAll("@kafka:", "@127.0.0.1:");
  const clientPorts: number[] = [];
  for (const [, name, port] of listeners) {
    const free = await freePort();
    text = text.replaceAll(new RegExp(`:${port}\\b`, "g"), `:${free}`);
    if (name !== env.KAFKA_CONTROLLER_LISTENER_NAMES) clientPorts.push(free);
  }
  const settings: Record<string, string> = JSON.parse(text);
  settings.PATH = process.env.PATH ?? "";
  settings.KAFKA_LOG_DIRS = join(folder, "data");
  return { env: settings, clientPorts };
}
