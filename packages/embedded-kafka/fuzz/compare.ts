// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { errorCodes } from "../src/protocol/error-codes.ts";
import { isOnPurpose } from "./differences.ts";
import { topics, transactionalIds } from "./generate/dice.ts";
import type { Operation } from "./operation.ts";
import { Side } from "./side.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the two brokers are. */
export interface Pair {
  readonly kafka: Address;
  readonly embedded: Address;
}

/** Two answers to one operation that are not the same. */
export interface Mismatch {
  readonly number: number;
  readonly operation: Operation;
  readonly kafka: unknown;
  readonly embedded: unknown;
}

/** How long an answer may take. */
const patienceMs = 4_000;
/** How long it takes at most until it is known that an answer waits for others' requests. */
const settleMs = 25;
/** What a request that is not answered is taken for. */
const waits = "it waits";

/** Answered when other members of the group have asked. */
const waiting = new Set(["joinGroup", "syncGroup"]);
/** Changes that Apache Kafka's broker hears of after its controller has answered. */
const administrative = new Set([
  "createTopics",
  "deleteTopics",
  "createPartitions",
  "alterConfigs",
  "incrementalAlterConfigs",
  "metadata",
]);

let runs = 0;

/** Sends operations to both brokers, one after the other; returns the first difference, if any. */
export async function compare(
  operations: readonly Operation[],
  pair: Pair,
): Promise<Mismatch | undefined> {
  const prefix = `f${process.pid}-${++runs}-`;
  const kafka = new Side(pair.kafka, prefix);
  const embedded = new Side(pair.embedded, prefix);
  const compared = new Set<number>();
  try {
    for (const [number, operation] of operations.entries()) {
      // As both wait for the same, or this would not have been reached.
      if (kafka.waiting.has(operation.by)) continue;
      const sent = [kafka.send(number, operation), embedded.send(number, operation)];
      for (const one of sent) one.catch(() => {});
      if (!waiting.has(operation.api)) await withPatience(Promise.all(sent));
      if (administrative.has(operation.api)) {
        await settleMetadata(kafka);
        await kafka.learnTopicIds(topics);
        await embedded.learnTopicIds(topics);
      }
      if (operation.api === "endTxn" || operation.api === "initProducerId") {
        await settleTransactions(kafka);
      }
      await settle(kafka, embedded, waiting.has(operation.api));
      const mismatch = firstDifference(operations, kafka, embedded, compared);
      if (mismatch) return mismatch;
    }
    return undefined;
  } finally {
    await Promise.all([kafka, embedded].map(removeTopics));
    await Promise.all([kafka.close(), embedded.close()]);
  }
}

async function withPatience(answers: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    answers,
    delay(patienceMs, undefined, { signal: timer.signal, ref: false }).catch(() => {}),
  ]);
  timer.abort();
}

/** Waits until both brokers have answered the same operations. */
async function settle(kafka: Side, embedded: Side, isNew: boolean): Promise<void> {
  const begun = performance.now();
  const some = () => kafka.waiting.size + embedded.waiting.size > 0;
  const differ = () =>
    [...kafka.waiting.keys()].join() !== [...embedded.waiting.keys()].join() ||
    kafka.answers.size !== embedded.answers.size;
  if (!isNew && !some()) return;
  for (;;) {
    const passed = performance.now() - begun;
    if (!some() && !differ()) return;
    if (!differ() && passed > settleMs) return;
    if (passed > patienceMs) return;
    await delay(1);
  }
}

/** Looks at what was answered since it was looked at last, of which `compared` keeps account. */
function firstDifference(
  operations: readonly Operation[],
  kafka: Side,
  embedded: Side,
  compared: Set<number>,
): Mismatch | undefined {
  for (const [number, operation] of operations.entries()) {
    const isAnswered = [kafka, embedded].some(({ answers }) => answers.has(number));
    if (!isAnswered || compared.has(number)) continue;
    compared.add(number);
    const [one, other] = [kafka, embedded].map((side) =>
      side.answers.has(number) ? side.canonicalAnswer(number, operation) : waits,
    );
    if (isDeepStrictEqual(one, other) || isOnPurpose(operation, one, other)) continue;
    return { number, operation, kafka: one, embedded: other };
  }
  return undefined;
}

let fences = 0;

/**
 * Waits until the broker has heard of all that its controller has decided: of a change that comes
 * after. When it hears of a second one, it has also acted upon all before the first.
 */
async function settleMetadata(side: Side): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const value = `${1_000_000 + ++fences}`;
    const resource = { resourceType: 2, resourceName: "fence" };
    const change = { name: "retention.ms", configOperation: 0, value };
    await side.ask("incrementalAlterConfigs", 1, {
      resources: [{ ...resource, configs: [change] }],
      validateOnly: false,
    });
    for (const deadline = performance.now() + patienceMs; performance.now() < deadline; ) {
      const asked = { resources: [{ ...resource, configNames: ["retention.ms"] }] };
      const { results } = await side.ask("describeConfigs", 1, asked);
      if (results[0]?.configs[0]?.value === value) break;
    }
  }
}

/** Waits until transactions that end have ended: the broker answers before it has told all partitions. */
async function settleTransactions(side: Side): Promise<void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; ) {
    const { transactionStates } = await side.ask("describeTransactions", 0, {
      transactionalIds: transactionalIds,
    });
    if (!transactionStates.some((one) => one.transactionState.startsWith("Prepare"))) return;
  }
}

/** Brings a broker to where it answers everything without delay. */
export async function prepare(address: Address): Promise<void> {
  const side = new Side(address, `f${process.pid}-`);
  const topic = {
    name: "fence",
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  };
  await side.ask("createTopics", 5, { topics: [topic], timeoutMs: 10_000 });
  for (const deadline = performance.now() + 30_000; ; await delay(50)) {
    const { errorCode } = await side.ask("initProducerId", 4, {
      transactionalId: "~first",
      transactionTimeoutMs: 60_000,
      producerId: -1n,
      producerEpoch: -1,
    });
    const { topics: committed } = await side.ask("offsetCommit", 7, {
      groupId: "~first",
      memberId: "",
      generationId: -1,
      topics: [
        { name: "fence", partitions: [{ index: 0, committedOffset: 0n, committedMetadata: null }] },
      ],
    });
    if (errorCode === errorCodes.NONE && committed[0]?.partitions[0]?.errorCode === 0) break;
    await side.ask("findCoordinator", 2, { key: "~first", keyType: 1 });
    await side.ask("findCoordinator", 2, { key: "~first", keyType: 0 });
    if (performance.now() > deadline)
      throw new Error("Cannot wait for the coordinators any longer");
  }
  await side.close();
}

async function removeTopics(side: Side): Promise<void> {
  await side.ask("deleteTopics", 5, { topicNames: [...topics, "~unknown"], timeoutMs: 10_000 });
}
