// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedKafkaError } from "../embedded-kafka-error.ts";
import type { Logger } from "../logger.ts";
import { DiskLogFile } from "./disk-log-file.ts";
import { takeLock } from "./lock-file.ts";
import { OffsetsJournal } from "./offsets-journal.ts";
import type { Storage, StoredTopic } from "./storage.ts";
import { syncDirectory, writeFileWhole } from "./write-file-whole.ts";

// lock                                       who uses the directory
// broker.json                                the topics, and what else is not in a log
// offsets.jsonl                              what groups committed
// logs/<topic>.<id>/<partition>/<first offset>.log   record batches, one after the other
const formatVersion = 1;
/** So many producer ids are set aside with one write. */
const producerIdBlock = 1000;
const firstSegment = `${"0".repeat(20)}.log`;

interface BrokerFile {
  readonly format: number;
  readonly clusterId: string;
  readonly nextProducerId: number;
  readonly topics: readonly StoredTopic[];
}

/** Options of {@link openDataDir}. */
export interface DataDirOptions {
  /** Whether each write waits for the disk. */
  readonly syncs: boolean;
  readonly logger: Logger;
}

/**
 * Keeps a broker's data in a directory, which is made when it is not there.
 *
 * @throws {EmbeddedKafkaError} when another broker uses it, or it cannot be read or written
 */
export function openDataDir(path: string, { syncs, logger }: DataDirOptions): Storage {
  const logs = join(path, "logs");
  const brokerPath = join(path, "broker.json");
  const release = storing(path, () => {
    mkdirSync(logs, { recursive: true });
    return takeLock(join(path, "lock"));
  });
  try {
    return storing(path, open);
  } catch (error) {
    release();
    throw error;
  }

  function open(): Storage {
    const found = readBrokerFile(brokerPath);
    let state: BrokerFile = found ?? {
      format: formatVersion,
      clusterId: randomBytes(16).toString("base64url"),
      nextProducerId: 0,
      topics: [],
    };
    const save = (changes: Partial<BrokerFile>) => {
      const changed = { ...state, ...changes };
      writeFileWhole(brokerPath, `${JSON.stringify(changed, undefined, 2)}\n`, syncs);
      state = changed;
    };
    if (!found) save({});
    const directoryOf = ({ name, id }: StoredTopic) => join(logs, `${name.slice(0, 200)}.${id}`);
    removeOthers(logs, new Set(state.topics.map(directoryOf)));
    const journal = new OffsetsJournal(join(path, "offsets.jsonl"), syncs, logger);
    let producerId = state.nextProducerId;
    return {
      clusterId: state.clusterId,
      topics: state.topics,
      offsets: journal.offsets(),
      openLog(topic, partition) {
        const topicDirectory = directoryOf(topic);
        const directory = join(topicDirectory, String(partition));
        mkdirSync(directory, { recursive: true });
        const file = new DiskLogFile(join(directory, firstSegment), syncs);
        if (syncs) for (const changed of [directory, topicDirectory, logs]) syncDirectory(changed);
        return file;
      },
      saveTopics: (topics) => save({ topics }),
      removeLogs: (topic) => rmSync(directoryOf(topic), { recursive: true, force: true }),
      saveOffsets: (committed, removed) => journal.save(committed, removed),
      nextProducerId() {
        if (producerId === state.nextProducerId) {
          save({ nextProducerId: producerId + producerIdBlock });
        }
        return producerId++;
      },
      close() {
        journal.close();
        release();
      },
    };
  }
}

/** Logs of topics whose deletion was cut short by a kill. */
function removeOthers(logs: string, kept: ReadonlySet<string>): void {
  for (const name of readdirSync(logs)) {
    const directory = join(logs, name);
    if (!kept.has(directory)) rmSync(directory, { recursive: true, force: true });
  }
}

function readBrokerFile(path: string): BrokerFile | undefined {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const file = JSON.parse(content) as BrokerFile;
  if (file.format === formatVersion) return file;
  throw new Error(`its format is ${file.format}, and this version knows ${formatVersion}`);
}

function storing<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof EmbeddedKafkaError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedKafkaError(`Cannot use the data directory '${path}': ${reason}`, {
      code: "storage",
      cause,
    });
  }
}
