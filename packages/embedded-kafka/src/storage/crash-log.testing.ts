// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { defaultLogConfig, type LogConfig } from "../log/log-config.ts";
import { openTestLog, readAll } from "../log/partition-log.testing.ts";
import { consoleLogger } from "../logger.ts";
import { openDataDir } from "./data-dir.ts";

export const crashTopic = "crash";
export const crashId = "AAAAAAAAAAAAAAAAAAAAAQ";
const base: LogConfig = { ...defaultLogConfig, segmentBytes: 200_000 };

/** A log that keeps everything, one that is compacted, one with transactions and retention. */
export const crashConfigs: readonly LogConfig[] = [
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
    const writer = join(import.meta.dirname, "crash-writer.testing.ts");
    const child = fork(writer, [data, acks], { execArgv: ["--conditions=@labwire/source"] });
    await Promise.race([once(child, "message"), failed(child)]);
    await Promise.race([wait(random() * 80), failed(child)]);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    missing.push(...findMissing(data, readFileSync(acks, "utf8")));
  }
  return { missing, acknowledged: readFileSync(acks, "utf8").split("\n").length - 1 };
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`The writer ended by itself with ${code}`);
}

function findMissing(data: string, acks: string): string[] {
  const missing: string[] = [];
  const logger = { ...consoleLogger, warn: () => {} };
  const storage = openDataDir(data, { syncs: false, logger });
  const ends = crashConfigs.map(() => 0);
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
  for (const [partition, config] of crashConfigs.entries()) {
    const folder = storage.openLog(crashId, crashTopic, partition);
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
