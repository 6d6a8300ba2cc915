// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { defaultLogConfig, type LogConfig } from "../log/log-config.ts";
import { openTestLog, readAll } from "../log/partition-log.testing.ts";
import { PartitionLog } from "../log/partition-log.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { attributeBits } from "../log/record-batch.ts";
import { consoleLogger } from "../logger.ts";
import { openDataDir } from "./data-dir.ts";

const topic = "crash";
const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
const base: LogConfig = { ...defaultLogConfig, segmentBytes: 200_000 };

/** A log that keeps everything, one that is compacted, one with transactions and retention. */
const configs: readonly LogConfig[] = [
  base,
  { ...base, isCompacted: true, isDeleted: false, minCleanableDirtyRatio: 0.2 },
  { ...base, retentionBytes: 500_000 },
];

/**
 * Lets a process write to a directory and kills it at some moment, so many times, then looks for
 * what it had acknowledged. Returns what is missing, and how much was acknowledged.
 */
export async function crash(directory: string, times: number, random: () => number) {
  const data = join(directory, "data");
  const acks = join(directory, "acks");
  const missing: string[] = [];
  for (let at = 0; at < times && missing.length === 0; at++) {
    const execArgv = ["--conditions=@labwire/source"];
    const child = fork(import.meta.filename, [data, acks], { execArgv });
    const before = sizeOf(acks);
    const isAtWork = async () => {
      // A slow machine must not kill it before it has done anything.
      while (sizeOf(acks) === before && child.exitCode === null) await wait(2);
      await wait(random() * 80);
    };
    await Promise.race([isAtWork(), failed(child)]);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    missing.push(...findMissing(data, readFileSync(acks, "utf8")));
  }
  return { missing, acknowledged: readFileSync(acks, "utf8").split("\n").length - 1 };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`The writer ended by itself with ${code}`);
}

function findMissing(data: string, acks: string): string[] {
  const missing: string[] = [];
  const logger = { ...consoleLogger, warn: () => {} };
  const storage = openDataDir(data, { syncs: false, logger });
  const ends = configs.map(() => 0);
  const rounds = new Map<string, number>();
  // The last line may be cut short: then it was not acknowledged.
  for (const line of acks.split("\n").slice(0, -1)) {
    const [what, first, count] = line.split(" ") as [string, string, string];
    if (what === "journal") rounds.set(`group ${Number(first) % 100}`, Number(first));
    else ends[Number(what)] = Number(first) + Math.max(1, Number(count));
  }
  const { entries } = storage.journal("offsets");
  for (const [key, round] of rounds) {
    if (Number(entries.get(key)) < round) missing.push(`${key} of round ${round}`);
  }
  for (const [partition, config] of configs.entries()) {
    const folder = storage.openLog(topicId, topic, partition);
    const { log } = openTestLog({ folder, config });
    const end = ends[partition] as number;
    if (log.endOffset < end) missing.push(`${partition} ends at ${log.endOffset}, not at ${end}`);
    const records = readAll(log, log.startOffset, 100_000).filter(({ isControl }) => !isControl);
    for (const { offset, value } of records) {
      if (value?.split(" ")[0] !== String(offset)) missing.push(`${partition} at ${offset}`);
    }
    if (partition === 0 && records.length !== log.endOffset) {
      missing.push(`${partition} has ${records.length} of ${log.endOffset}`);
    }
    const keys = new Set(records.map(({ key }) => key));
    if (partition === 1 && end >= 5 && keys.size !== 5) missing.push(`keys ${[...keys]}`);
    log.close();
  }
  storage.close();
  return missing;
}

/** Writes to a directory for ever, and what was acknowledged to a file, which outlive the process. */
function write(directory: string, ackFile: string): never {
  const silent = { ...consoleLogger, warn: () => {} };
  const storage = openDataDir(directory, { syncs: false, logger: silent });
  const acks = openSync(ackFile, "a");
  const logs = configs.map((config, partition) => {
    const name = `${topic}-${partition}`;
    const options = { name, config: () => config, now: () => Date.now(), logger: silent };
    return new PartitionLog(storage.openLog(topicId, topic, partition), options);
  });
  const journal = storage.journal("offsets");
  const producerId = storage.nextProducerId();
  const sequences = logs.map(() => 0);
  for (let round = Number(journal.entries.get("round") ?? 0); ; round++) {
    for (const [partition, log] of logs.entries()) {
      const count = 1 + (round % 7);
      const first = log.endOffset;
      // What a record has tells at which offset it must be.
      const values = Array.from({ length: count }, (_, at) => ({
        key: `k${(first + at) % 5}`,
        value: `${first + at} ${"x".repeat((round * 37) % 3_000)}`,
      }));
      const attributes = [0, 1, 3, 4][round % 4] as number;
      const isTransactional = partition === 2;
      const batch = createBatch({
        values,
        timestamp: Date.now(),
        attributes: attributes | (isTransactional ? attributeBits.transactional : 0),
        producerId,
        baseSequence: sequences[partition] as number,
      });
      const { errorCode, baseOffset } = log.append(batch, 0);
      if (errorCode !== 0) throw new Error(`Error code ${errorCode}`);
      sequences[partition] = (sequences[partition] as number) + count;
      let ack = `${partition} ${baseOffset} ${count}\n`;
      if (isTransactional && round % 3 === 0) {
        const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, isCommit: true };
        ack += `${partition} ${log.appendMarker(marker, 0).baseOffset} 0\n`;
      }
      writeSync(acks, ack);
    }
    journal.save(
      new Map([
        ["round", round],
        [`group ${round % 100}`, round],
      ]),
    );
    writeSync(acks, `journal ${round} 0\n`);
    if (round % 20 === 0) for (const log of logs) log.clean();
  }
}

const [, program, data, acks] = process.argv;
if (program === import.meta.filename && data && acks) write(data, acks);
