// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// A process that writes for ever, to be killed: `crash-writer.testing.ts <data directory> <file>`.
// What is acknowledged it appends to the file, which outlives it as the directory does.

import { openSync, writeSync } from "node:fs";
import { PartitionLog } from "../log/partition-log.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { attributeBits } from "../log/record-batch.ts";
import { consoleLogger } from "../logger.ts";
import { crashConfigs, crashId, crashTopic } from "./crash-log.testing.ts";
import { openDataDir } from "./data-dir.ts";

const [, , directory, ackFile] = process.argv as [string, string, string, string];
const silent = { ...consoleLogger, warn: () => {} };
const storage = openDataDir(directory, { syncs: false, logger: silent });
const acks = openSync(ackFile, "a");
const logs = crashConfigs.map((config, partition) => {
  const name = `${crashTopic}-${partition}`;
  const options = { name, config: () => config, now: () => Date.now(), logger: silent };
  return new PartitionLog(storage.openLog(crashId, crashTopic, partition), options);
});
const journal = storage.journal("offsets");
const producerId = storage.nextProducerId();
const sequences = logs.map(() => 0);
process.send?.("ready");

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
