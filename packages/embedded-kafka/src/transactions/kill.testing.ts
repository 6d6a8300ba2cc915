// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { RawClient } from "../raw-client.testing.ts";
import { readCommitted } from "../read-committed.testing.ts";
import { TransactionalProducer } from "../transactional-producer.testing.ts";

const topic = "orders";
const groupId = "workers";

/** What a client knows of its transactions, by their number. */
interface Known {
  committed: number[];
  aborted: number[];
  /** Those whose end was not answered, or was never asked for. */
  unknown: number[];
}

/** What readers see: the numbers of transactions in each partition, and the group's offset. */
interface Seen {
  partitions: number[][];
  offset: number;
}

/**
 * Runs transactions that write to two partitions and commit an offset, and kills the broker amid
 * them, so many times. Returns what contradicts the answers that were given before.
 */
export async function killAmidTransactions(dataDir: string, times: number) {
  const known: Known = { committed: [], aborted: [], unknown: [] };
  const faults: string[] = [];
  for (let at = 0; at <= times && faults.length === 0; at++) {
    const { child, client } = await start(dataDir);
    const producer = new TransactionalProducer({ id: "payments" });
    // Aborts what was left open.
    await producer.init(client);
    faults.push(...contradictions(known, await look(client)));
    const isLast = at === times;
    if (isLast) await kill(child);
    else {
      const { promise: warm, resolve: begin } = Promise.withResolvers<void>();
      const killed = warm.then(() => wait(Math.random() * 100)).then(() => kill(child));
      // Killed also when it has answered an error.
      const transacting = transact(client, producer, known, begin).finally(begin);
      await Promise.all([killed, transacting]);
    }
    await client[Symbol.asyncDispose]();
  }
  return { faults, committed: known.committed.length, aborted: known.aborted.length };
}

async function start(dataDir: string): Promise<{ child: ChildProcess; client: RawClient }> {
  const cli = join(import.meta.dirname, "../cli.ts");
  const args = ["--port", "0", "--data", dataDir, "--topic", `${topic}:2`];
  const child = fork(cli, args, { execArgv: ["--conditions=@labwire/source"], silent: true });
  if (!child.stdout) throw new Error("No standard output");
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`The broker ended by itself with ${code}`);
  });
  const said = once(createInterface(child.stdout), "line");
  const [line] = (await Promise.race([said, failed])) as [string];
  failed.catch(() => {}); // From here on it is killed on purpose.
  const port = Number(line.split(":").at(-1));
  return { child, client: await RawClient.connect({ host: "127.0.0.1", port }) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** One transaction after the other until the connection is cut. Tells when two have ended. */
async function transact(
  client: RawClient,
  producer: TransactionalProducer,
  { committed, aborted, unknown }: Known,
  onWarm: () => void,
) {
  const first = committed.length + aborted.length + unknown.length;
  for (let number = first; ; number++) {
    if (number === first + 2) onWarm();
    unknown.push(number);
    const isCommit = number % 3 !== 1;
    try {
      for (const partition of [0, 1]) {
        const { error } = await producer.produce(client, topic, partition, [`${number}`]);
        if (error !== "NONE") throw new Error(`Cannot write transaction ${number}: ${error}`);
      }
      await commitOffset(client, producer, number);
      const error = await producer.end(client, isCommit);
      if (error !== "NONE") throw new Error(`Cannot end transaction ${number}: ${error}`);
    } catch (error) {
      if (client.socket.destroyed) return;
      throw error;
    }
    unknown.pop();
    (isCommit ? committed : aborted).push(number);
  }
}

async function commitOffset(client: RawClient, producer: TransactionalProducer, number: number) {
  const { producerId, producerEpoch, id: transactionalId } = producer;
  await client.call("txnOffsetCommit", 5, {
    ...{ transactionalId, groupId, producerId: BigInt(producerId), producerEpoch },
    generationId: -1,
    memberId: "",
    groupInstanceId: null,
    topics: [
      {
        name: topic,
        partitions: [{ index: 0, committedOffset: BigInt(number), committedMetadata: "" }],
      },
    ],
  });
}

async function look(client: RawClient): Promise<Seen> {
  const read = async (partition: number) =>
    (await readCommitted(client, { topic, partition })).map(Number);
  const { topics } = await client.call("offsetFetch", 2, {
    groupId,
    topics: [{ name: topic, partitions: [0] }],
  });
  return {
    partitions: [await read(0), await read(1)],
    offset: Number(topics[0]?.partitions[0]?.committedOffset),
  };
}

function contradictions({ committed, aborted }: Known, { partitions, offset }: Seen): string[] {
  const [first = [], second = []] = partitions;
  const seen = new Set(first);
  const faults = [
    ...committed.filter((number) => !seen.has(number)).map((number) => `${number} is lost`),
    ...aborted.filter((number) => seen.has(number)).map((number) => `${number} is seen`),
  ];
  if (String(first) !== String(second)) faults.push(`partitions differ: ${first} and ${second}`);
  if (seen.size !== first.length) faults.push(`something is there twice: ${first}`);
  const last = first.at(-1) ?? -1;
  if (offset !== last) faults.push(`the offset is ${offset}, not ${last}`);
  return faults;
}
