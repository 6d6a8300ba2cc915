// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { BrokerOptions, TopicOptions, UserOptions } from "./broker-options.ts";
import { systemClock } from "./clock.ts";
import { checkMechanisms, saslMechanisms } from "./cluster/listener.ts";
import { resolveListeners } from "./cluster/resolve-listeners.ts";
import { checkInteger, checkList, checkMethods, checkNames, configError } from "./config-error.ts";
import { consoleLogger } from "./logger.ts";
import { checkTopicConfigs } from "./topics/topic-configs.ts";
import { isTopicName, maxPartitions, metricName } from "./topics/topic-name.ts";

/** A slip in a number must not make a thousand servers. */
const maxBrokers = 100;
/** The most milliseconds that a timer takes. */
const longestMs = 2 ** 31 - 1;

/** Options with nothing left open. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** Fills in the defaults. Throws an EmbeddedKafkaError when an option is wrong. */
export function resolveOptions(options: BrokerOptions) {
  const brokers = options.brokers ?? 1;
  checkInteger("brokers", brokers, 1, maxBrokers);
  const { consumerSessionTimeoutMs = 45_000 } = options;
  const resolved = {
    brokers,
    listeners: resolveListeners(options, brokers),
    users: resolveUsers(options.users ?? []),
    saslSessionLifetimeMs: options.saslSessionLifetimeMs ?? 0,
    dataDir: options.dataDir,
    fsync: options.fsync ?? "never",
    defaultPartitions: options.defaultPartitions ?? 1,
    defaultReplicationFactor: options.defaultReplicationFactor ?? Math.min(3, brokers),
    autoCreateTopics: options.autoCreateTopics ?? true,
    minSessionTimeoutMs: options.minSessionTimeoutMs ?? 6000,
    groupInitialRebalanceDelayMs: options.groupInitialRebalanceDelayMs ?? 0,
    consumerSessionTimeoutMs,
    consumerHeartbeatIntervalMs:
      options.consumerHeartbeatIntervalMs ??
      Math.max(1, Math.min(5000, Math.floor(consumerSessionTimeoutMs / 3))),
    retentionCheckMs: options.retentionCheckMs ?? 300_000,
    maxRequestBytes: options.maxRequestBytes ?? 100 * 1024 * 1024,
    maxConnections: options.maxConnections ?? Number.MAX_SAFE_INTEGER,
    logger: options.logger ?? consoleLogger,
    clock: options.clock ?? systemClock,
  };
  const ranges = {
    saslSessionLifetimeMs: [0, longestMs],
    defaultPartitions: [1, maxPartitions],
    defaultReplicationFactor: [1, brokers],
    minSessionTimeoutMs: [1, 1_800_000],
    groupInitialRebalanceDelayMs: [0, longestMs],
    consumerSessionTimeoutMs: [2, longestMs],
    consumerHeartbeatIntervalMs: [1, consumerSessionTimeoutMs - 1],
    retentionCheckMs: [1, longestMs],
    maxRequestBytes: [1024, 0x7fffffff],
    maxConnections: [1, Number.MAX_SAFE_INTEGER],
  } as const;
  for (const name of Object.keys(ranges) as (keyof typeof ranges)[]) {
    const [from, to] = ranges[name];
    checkInteger(name, resolved[name], from, to);
  }
  if (resolved.fsync !== "never" && resolved.fsync !== "always") {
    throw configError(`'fsync' must be "never" or "always": current value is "${resolved.fsync}"`);
  }
  // Empty as a variable of the environment that is not set: nothing would be kept.
  const { dataDir } = resolved;
  if (dataDir === "" || (dataDir !== undefined && typeof dataDir !== "string")) {
    throw configError(`'dataDir' must be a path: current value is "${dataDir}"`);
  }
  checkMethods("logger", resolved.logger, ["debug", "info", "warn", "error"]);
  checkMethods("clock", resolved.clock, ["now", "after", "every"]);
  checkNames(options, [...Object.keys(resolved), "host", "port", "topics"]);
  return { ...resolved, topics: resolveTopics(options.topics ?? [], resolved) };
}

function resolveTopics(
  topics: readonly TopicOptions[],
  defaults: Record<"brokers" | "defaultPartitions" | "defaultReplicationFactor", number>,
) {
  checkList("topics", topics);
  const names = new Map<string, string>();
  return topics.map((topic) => {
    const { name, configs = {} } = topic;
    const { partitions = defaults.defaultPartitions } = topic;
    const { replicationFactor = defaults.defaultReplicationFactor } = topic;
    if (typeof name !== "string" || !isTopicName(name)) {
      throw configError(`a topic's name must be 1 to 249 of a-z, A-Z, 0-9, ., _ and -: "${name}"`);
    }
    checkNames(topic, ["name", "partitions", "replicationFactor", "configs"], ` of topic ${name}`);
    const other = names.get(metricName(name));
    if (other === name) throw configError(`there are two topics named "${name}"`);
    if (other) throw configError(`topics "${other}" and "${name}" are the same in Kafka's metrics`);
    names.set(metricName(name), name);
    checkInteger(`partitions of topic ${name}`, partitions, 1, maxPartitions);
    checkInteger(`replicationFactor of topic ${name}`, replicationFactor, 1, defaults.brokers);
    const reason = checkStrings(configs) ?? checkTopicConfigs(configs);
    if (reason) throw configError(`a config of topic ${name} is wrong: ${reason}`);
    return { name, partitions, replicationFactor, configs };
  });
}

/** Why these are not configs as Kafka has them, if so: without types a number is soon written. */
function checkStrings(configs: object): string | undefined {
  const wrong = Object.entries(configs).find(([, value]) => typeof value !== "string");
  return wrong && `'${wrong[0]}' must be a string: current value is ${wrong[1]}`;
}

function resolveUsers(users: readonly UserOptions[]): readonly UserOptions[] {
  checkList("users", users);
  const seen = new Set<string>();
  for (const user of users) {
    const { name, password, mechanisms = saslMechanisms } = user;
    if (typeof name !== "string" || name === "") {
      throw configError(`a user must have a name: current value is "${name}"`);
    }
    checkNames(user, ["name", "password", "mechanisms"], ` of user "${name}"`);
    if (typeof password !== "string" || password === "") {
      throw configError(`the password of user "${name}" must be a string that is not empty`);
    }
    checkMechanisms(`'mechanisms' of user "${name}"`, mechanisms);
    if (mechanisms.length === 0) throw configError(`'mechanisms' of user "${name}" must have one`);
    for (const mechanism of mechanisms) {
      const login = `${mechanism} ${name}`;
      if (seen.has(login)) throw configError(`user "${name}" has two passwords for ${mechanism}`);
      seen.add(login);
    }
  }
  return users;
}
