// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, requireTool } from "../install/tool-path.ts";
import type { Place, ServerKind, StartOptions } from "../server.ts";

export interface KafkaOptions extends StartOptions {
  /** Default: 4.3.1. */
  readonly version?: "4.3.1" | "3.9.2";
  /** Properties of the broker beside its own, such as `{ "num.partitions": "1" }`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Heap enough for a test's topics, and the compiler that starts fastest. */
const javaFlags = [
  ...["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
];

/** Apache Kafka: one process that is broker and controller. Topics are made when first used. */
export const kafka: ServerKind<KafkaOptions> = {
  title: "Apache Kafka",
  wellKnownPort: 9092,
  portCount: 2,
  stopSignal: "SIGTERM",
  programs: (options) => [programOf(options)],
  async prepare({ folder }, options) {
    cpSync(join(installed(options), "formatted"), join(folder, "data"), { recursive: true });
  },
  command(place, options) {
    writeProperties(place, options);
    const classPath = join(installed(options), "libs", "*");
    return [java(), ...javaFlags, "-cp", classPath, "kafka.Kafka", propertiesFile(place)];
  },
  isReady: async ({ log }) => log().includes("Kafka Server started"),
  variables: ({ ports: [port] }) => ({ KAFKA_ADDRS: `127.0.0.1:${port}` }),
};

function programOf({ version = "4.3.1" }: KafkaOptions): string {
  return `kafka-${version}`;
}

function installed(options: KafkaOptions): string {
  return requireTool(programOf(options));
}

function java(): string {
  const path = findProgram("java");
  if (!path) throw new Error("Cannot start kafka: no 'java' in PATH");
  return path;
}

function propertiesFile({ folder }: Place): string {
  return join(folder, "server.properties");
}

function writeProperties(place: Place, options: KafkaOptions): void {
  const [port, controllerPort] = place.ports;
  const properties = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(place.folder, "data"),
    "num.partitions": "4",
    ...oneReplica,
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "2097152",
    // A broker that was killed is let in again when its session is over.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "controlled.shutdown.enable": "false",
    ...options.properties,
  };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(propertiesFile(place), lines.join(""));
}

/** Kafka's own topics ask for three brokers otherwise. */
const oneReplica = {
  "offsets.topic.replication.factor": "1",
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "transaction.state.log.num.partitions": "4",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  "share.coordinator.state.topic.num.partitions": "4",
};
