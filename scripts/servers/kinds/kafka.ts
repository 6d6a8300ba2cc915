// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../lib/run.ts";
import { findProgram, requireTool } from "../install/tool-path.ts";
import type { Place, ServerKind, StartOptions } from "../server.ts";
import { brokerProperties, type KafkaListener, type KafkaUser } from "./kafka-properties.ts";

export interface KafkaOptions extends StartOptions {
  /** Default: 4.3.1. */
  readonly version?: "4.3.1" | "3.9.2";
  /** Properties of the broker beside its own, such as `{ "num.partitions": "1" }`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Where it listens beside the first port, which is plaintext. Default: nowhere. */
  readonly listeners?: readonly KafkaListener[];
  /** Who may log in at SASL listeners, by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly users?: readonly KafkaUser[];
  /** Key (PKCS 8) and certificate of its TLS listeners, as PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Of a cluster's member: its id, and every member's controller. Default: alone, with id 1. */
  readonly member?: KafkaMember;
}

/** Place of a broker in a cluster. */
export interface KafkaMember {
  readonly nodeId: number;
  /** The port of each member's controller, by node id. */
  readonly controllerPorts: ReadonlyMap<number, number>;
}

/** Heap enough for a test's topics, and the compiler that starts fastest. */
const javaFlags = [
  ...["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
];

/** What all brokers of the recipe's folder are formatted with. */
const clusterId = "AAAAAAAAAAAAAAAAAAAAAQ";

/**
 * Apache Kafka: one process that is broker and controller. Topics are made when first used. Its
 * ports are the plaintext one, those of its other listeners, and the controller's.
 */
export const kafka: ServerKind<KafkaOptions> = {
  title: "Apache Kafka",
  wellKnownPort: 9092,
  otherPorts: ({ listeners = [], member }) => [
    ...listeners.map(({ port }) => port),
    member?.controllerPorts.get(member.nodeId),
  ],
  stopSignal: "SIGTERM",
  programs: (options) => [programOf(options)],
  async prepare(place, options) {
    if (options.member || options.users) await format(place, options);
    else cpSync(join(installed(options), "formatted"), dataFolder(place), { recursive: true });
  },
  command(place, options) {
    writeProperties(place, options);
    return [java(), ...javaFlags, "-cp", classPath(options), "kafka.Kafka", propertiesFile(place)];
  },
  isReady: async ({ log }) => log().includes("Kafka Server started"),
  variables: ({ ports: [port] }) => ({ KAFKA_ADDRS: `127.0.0.1:${port}` }),
};

/** Takes as long as starting, so a broker with nothing of its own copies what install formatted. */
async function format(place: Place, options: KafkaOptions): Promise<void> {
  writeProperties(place, options);
  const scram = (options.users ?? []).flatMap(({ username, password }) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${username},password=${password}]`,
    ]),
  );
  const { ok, output } = await run(java(), [
    ...[...javaFlags, "-cp", classPath(options), "kafka.tools.StorageTool", "format"],
    ...["-t", clusterId, "-c", propertiesFile(place), ...scram],
  ]);
  if (!ok) throw new Error(`Cannot format a folder for Kafka in '${place.folder}'\n${output}`);
}

function programOf({ version = "4.3.1" }: KafkaOptions): string {
  return `kafka-${version}`;
}

function installed(options: KafkaOptions): string {
  return requireTool(programOf(options));
}

function classPath(options: KafkaOptions): string {
  return join(installed(options), "libs", "*");
}

function java(): string {
  const path = findProgram("java");
  if (!path) throw new Error("Cannot start kafka: no 'java' in PATH");
  return path;
}

function dataFolder({ folder }: Place): string {
  return join(folder, "data");
}

function propertiesFile({ folder }: Place): string {
  return join(folder, "server.properties");
}

function writeProperties(place: Place, options: KafkaOptions): void {
  const { ports } = place;
  const controllerPort = ports.at(-1) ?? 0;
  const properties = brokerProperties({
    dataFolder: dataFolder(place),
    listeners: [
      { protocol: "PLAINTEXT", port: ports[0] },
      ...(options.listeners ?? []).map(({ protocol }, at) => ({ protocol, port: ports[at + 1] })),
    ],
    users: options.users ?? [],
    tls: options.tls,
    member: options.member ?? { nodeId: 1, controllerPorts: new Map([[1, controllerPort]]) },
  });
  const lines = Object.entries({ ...properties, ...options.properties }).map(
    ([name, value]) => `${name}=${value.replaceAll("\n", "\\n")}\n`,
  );
  writeFileSync(propertiesFile(place), lines.join(""));
}
