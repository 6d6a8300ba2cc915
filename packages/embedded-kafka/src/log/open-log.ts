// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import { readMarker } from "./control-batch.ts";
import { endTransaction } from "./end-transaction.ts";
import { LeaderEpochs } from "./leader-epochs.ts";
import type { LogFolder } from "./log-folder.ts";
import { ProducerStates } from "./producer-states.ts";
import { attributeBits } from "./record-batch.ts";
import type { ScannedBatch } from "./scan-batches.ts";
import { offsetOfSegment, Segment, segmentName } from "./segment.ts";

// <first offset>.log          a segment: batches, one after the other
// <first offset>.index        where its batches lie, and the producers at its end
// <first offset>.log.cleaned  what compaction has not finished
// log.json                    where the log starts, how far it is compacted, its leaders' epochs
const stateName = "log.json";

/** What is kept of a log besides its segments. */
export interface LogState {
  readonly startOffset: number;
  readonly cleanedOffset: number;
  readonly epochs: LeaderEpochs["starts"];
}

/** Writes the state of a log, at once. */
export function writeLogState(folder: LogFolder, state: LogState): void {
  folder.write(stateName, Buffer.from(`${JSON.stringify(state)}\n`));
}

/** What a log starts with. */
export interface OpenedLog {
  /** One at least. */
  readonly segments: Segment[];
  readonly producers: ProducerStates;
  readonly epochs: LeaderEpochs;
  readonly startOffset: number;
  readonly cleanedOffset: number;
  readonly endOffset: number;
}

/** Options of {@link openLog}. */
export interface OpenLogOptions {
  readonly name: string;
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Opens the log in a folder, reading only what no index tells.
 *
 * @throws {Error} when a file of it cannot be read
 */
export function openLog(folder: LogFolder, { name, now, logger }: OpenLogOptions): OpenedLog {
  const state = readLogState(folder, name);
  const segments = listSegments(folder).map((base) => new Segment(folder, base, now()));
  const producers = new ProducerStates();
  const epochs = new LeaderEpochs(state?.epochs);
  let encoded: unknown = [];
  let replayFrom: number | undefined;
  for (const segment of segments) {
    const recovered = segment.recover();
    const { cutBytes: bytes, fromByte, indexedOffset } = recovered;
    if (bytes > 0) {
      const file = segmentName(segment.baseOffset);
      logger.warn(`Cut what was half written at the end of ${name}`, { file, fromByte, bytes });
    }
    if (replayFrom !== undefined) {
      segment.aborted = [];
      continue;
    }
    encoded = recovered.producers ?? encoded;
    if (indexedOffset < segment.nextOffset) replayFrom = indexedOffset;
  }
  producers.load(encoded);
  if (replayFrom !== undefined) {
    for (const segment of segments) {
      for (const batch of segment.scan(replayFrom)) replay(batch, producers, segments, epochs);
    }
  }
  const startOffset = state?.startOffset ?? segments[0]?.baseOffset ?? 0;
  const endOffset = Math.max(startOffset, segments.at(-1)?.nextOffset ?? 0);
  epochs.deleteBefore(startOffset);
  if (segments.length === 0) segments.push(new Segment(folder, endOffset, now()));
  const cleanedOffset = Math.min(state?.cleanedOffset ?? 0, endOffset);
  return { segments, producers, epochs, startOffset, cleanedOffset, endOffset };
}

function readLogState(folder: LogFolder, name: string): LogState | undefined {
  const content = folder.read(stateName);
  try {
    return content && (JSON.parse(content.toString()) as LogState);
  } catch (cause) {
    throw new Error(`'${stateName}' of ${name} is not JSON`, { cause });
  }
}

/** First offsets of the segments, rising. Leftovers of what a kill cut short are removed. */
function listSegments(folder: LogFolder): number[] {
  const bases = new Set<number>();
  for (const name of folder.list()) {
    const base = offsetOfSegment(name);
    if (base !== undefined) bases.add(base);
    else if (/\.(cleaned|new)$/.test(name)) folder.remove(name);
  }
  return [...bases].sort((one, other) => one - other);
}

function replay(
  { header, bytes }: ScannedBatch,
  producers: ProducerStates,
  segments: readonly Segment[],
  epochs: LeaderEpochs,
): void {
  epochs.begin(header.leaderEpoch, header.baseOffset);
  if (!(header.attributes & attributeBits.control)) {
    producers.record(header);
    return;
  }
  const marker = readMarker(bytes, header);
  if (marker) endTransaction(producers, segments, marker, header);
}
