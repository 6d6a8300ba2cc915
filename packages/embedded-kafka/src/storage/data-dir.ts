// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedKafkaError } from "../embedded-kafka-error.ts";
import type { Logger } from "../logger.ts";
import { DiskJournal } from "./disk-journal.ts";
import { DiskLogFolder } from "./disk-log-folder.ts";
import { takeLock } from "./lock-file.ts";
import { OpenFiles } from "./open-files.ts";
import { createProducerIds } from "./producer-ids.ts";
import type { Storage } from "./storage.ts";
import { syncDirectory, writeFileWhole } from "./write-file-whole.ts";

// lock                               who uses the directory
// broker.json                        the format's version, and the cluster's id
// <name>.jsonl                       a journal
// logs/<topic>.<id>/<partition>/     the files of a partition, see open-log.ts
const formatVersion = 2;
const brokerName = "broker.json";
/** So many files are open at once: few of the 1024 that a process may have by default. */
const maxOpenFiles = 256;

interface BrokerFile {
  readonly format: number;
  readonly clusterId: string;
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
  const release = storing(path, () => {
    refuseForeign(path);
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
    const { clusterId } = openBrokerFile(join(path, brokerName), syncs);
    const files = new OpenFiles(maxOpenFiles);
    const options = { files, syncs, logger };
    const journals = new Map<string, DiskJournal>();
    const journal = (name: string) => {
      let found = journals.get(name);
      if (!found) {
        found = storing(path, () => new DiskJournal(join(path, `${name}.jsonl`), options));
        journals.set(name, found);
      }
      return found;
    };
    const directoryOf = (id: string, name: string) => join(logs, `${name.slice(0, 200)}.${id}`);
    return {
      clusterId,
      journal,
      openLog(topicId, topicName, partition) {
        const topicDirectory = directoryOf(topicId, topicName);
        const folder = new DiskLogFolder(join(topicDirectory, String(partition)), options);
        if (syncs) for (const changed of [topicDirectory, logs]) syncDirectory(changed);
        return folder;
      },
      removeLogs: (topicId, topicName) => {
        rmSync(directoryOf(topicId, topicName), { recursive: true, force: true });
      },
      keepLogs(topics) {
        const kept = new Set([...topics].map(({ id, name }) => directoryOf(id, name)));
        for (const name of readdirSync(logs)) {
          const directory = join(logs, name);
          if (kept.has(directory)) continue;
          logger.warn(`Removed '${directory}', which belongs to no topic`);
          rmSync(directory, { recursive: true, force: true });
        }
      },
      nextProducerId: createProducerIds(() => journal("producer-ids")),
      close() {
        // Of journals, and of logs that a start which failed has left.
        files.closeAll();
        release();
      },
    };
  }
}

/** Throws when the directory has files and none of them says that it is one of ours. */
function refuseForeign(path: string): void {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (names.includes(brokerName)) return;
  // What a first start that was killed leaves, and what file systems put there.
  const foreign = names.find((name) => !/^(\.|lock|logs$|lost\+found$|broker\.json)/.test(name));
  if (foreign) throw new Error(`it has files of something else, such as '${foreign}'`);
}

function openBrokerFile(path: string, syncs: boolean): BrokerFile {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const made = { format: formatVersion, clusterId: randomBytes(16).toString("base64url") };
    writeFileWhole(path, `${JSON.stringify(made, undefined, 2)}\n`, syncs);
    return made;
  }
  let file: BrokerFile;
  try {
    file = JSON.parse(content) as BrokerFile;
  } catch (cause) {
    throw new Error(`its ${brokerName} is not JSON`, { cause });
  }
  if (file?.format === formatVersion && typeof file.clusterId === "string") return file;
  throw new Error(
    `the format in its broker.json is ${file?.format}, and this version knows ${formatVersion}`,
  );
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
