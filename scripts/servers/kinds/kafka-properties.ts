// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { KafkaMember } from "./kafka.ts";

/** Where a broker listens. */
export interface KafkaListener {
  /** What is spoken there; one listener for each. It is the listener's name too. */
  readonly protocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** Who may log in. */
export interface KafkaUser {
  readonly username: string;
  readonly password: string;
}

/** What a broker's properties follow from. */
export interface KafkaSetup {
  readonly dataFolder: string;
  readonly listeners: readonly KafkaListener[];
  readonly users: readonly KafkaUser[];
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly member: KafkaMember;
}

/** The properties of a broker and controller in one process, on 127.0.0.1. */
export function brokerProperties(setup: KafkaSetup): Record<string, string> {
  const { dataFolder, listeners, member } = setup;
  const { nodeId, controllerPorts } = member;
  const addresses = listeners.map(({ protocol, port }) => `${protocol}://127.0.0.1:${port}`);
  const voters = [...controllerPorts].map(([id, port]) => `${id}@127.0.0.1:${port}`);
  const controller = `CONTROLLER://127.0.0.1:${controllerPorts.get(nodeId)}`;
  const protocols = listeners.map(({ protocol }) => `${protocol}:${protocol}`);
  return {
    "process.roles": "broker,controller",
    "node.id": `${nodeId}`,
    "controller.quorum.voters": voters.join(),
    listeners: [...addresses, controller].join(),
    "advertised.listeners": addresses.join(),
    "listener.security.protocol.map": [...protocols, "CONTROLLER:PLAINTEXT"].join(),
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": dataFolder,
    "num.partitions": "4",
    ...internalTopics(controllerPorts.size),
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "2097152",
    // A broker that was killed is let in again when its session is over.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "controlled.shutdown.enable": "false",
    ...(controllerPorts.size > 1 && quickElections),
    ...tlsProperties(setup),
    ...saslProperties(setup),
  };
}

const quickElections = {
  "controller.quorum.fetch.timeout.ms": "1000",
  "controller.quorum.election.timeout.ms": "500",
};

/** Kafka's own topics ask for three brokers and fifty partitions otherwise. */
function internalTopics(brokers: number): Record<string, string> {
  const replicas = `${Math.min(brokers, 3)}`;
  const minIsr = brokers > 2 ? "2" : "1";
  return {
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": minIsr,
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": minIsr,
    "share.coordinator.state.topic.num.partitions": "4",
  };
}

function tlsProperties({ listeners, tls }: KafkaSetup): Record<string, string> {
  if (!listeners.some(({ protocol }) => protocol.endsWith("SSL"))) return {};
  if (!tls) throw new Error("Cannot start kafka: a TLS listener needs 'tls'");
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.key": tls.key,
    "ssl.keystore.certificate.chain": tls.cert,
  };
}

function saslProperties({ listeners, users }: KafkaSetup): Record<string, string> {
  const names = listeners
    .filter(({ protocol }) => protocol.startsWith("SASL"))
    .map(({ protocol }) => protocol.toLowerCase());
  if (names.length === 0) return {};
  const security = "org.apache.kafka.common.security";
  const passwords = users.map(({ username, password }) => `user_${username}="${password}"`);
  const modules = {
    plain: `${security}.plain.PlainLoginModule required ${passwords.join(" ")};`,
    "scram-sha-256": `${security}.scram.ScramLoginModule required;`,
    "scram-sha-512": `${security}.scram.ScramLoginModule required;`,
  };
  return {
    "sasl.enabled.mechanisms": Object.keys(modules).join().toUpperCase(),
    ...Object.fromEntries(
      names.flatMap((name) =>
        Object.entries(modules).map(([mechanism, module]) => [
          `listener.name.${name}.${mechanism}.sasl.jaas.config`,
          module,
        ]),
      ),
    ),
  };
}
