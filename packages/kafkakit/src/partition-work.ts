// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Cancellation } from "./cancellation.ts";
import { type Clock, within } from "./clock.ts";
import type { ConsumerRecord, PartitionOffset, RecordBatch, TopicPartition } from "./driver.ts";
import type { KafkakitError } from "./kafkakit-error.ts";
import { OffsetTracker } from "./offset-tracker.ts";
import type { RecordProcessor } from "./record-processor.ts";
import type { PoolShare } from "./work-pool.ts";

/** How long a batch is held open for its partition to catch up, before its pace is looked at. */
const holdMs = 50;
/** How often it is held on, while it is quick enough to catch up within so many times. */
const maxHolds = 10;
/** Records that may be done behind one that is not, as a multiple of the queue's limit. */
const gapFactor = 10;

export interface PartitionWorkOptions {
  id: TopicPartition;
  share: PoolShare;
  processor: RecordProcessor;
  clock: Clock;
  ordering: "key" | "partition";
  queueLimit: number;
  /** Called when there is something new to commit. */
  onProgress(): void;
  pause(): void;
  resume(): void;
}

/** The work on one partition, from its assignment until it is given up. */
export class PartitionWork {
  readonly id: TopicPartition;
  readonly #options: PartitionWorkOptions;
  readonly #tracker = new OffsetTracker();
  readonly #signals = { abort: new Cancellation(), interrupt: new Cancellation() };
  #committed: bigint | undefined;
  #closed = false;
  #forfeited = false;
  #paused = false;
  #onRoom: (() => void) | undefined;

  constructor(options: PartitionWorkOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Takes on records. Resolves when there is room for more, or when the partition was paused. */
  async add({ records, nextOffset }: RecordBatch): Promise<void> {
    if (this.#closed) return;
    const { share, processor } = this.#options;
    const last = records.length - 1;
    for (const [index, record] of records.entries()) {
      // Control records at the end are passed with the last record.
      const entry = this.#tracker.add(index === last ? nextOffset : record.offset + 1n);
      share.push(this.#lane(record), async (slot) => {
        const done = await processor.process(record, slot, this.#signals);
        if (done && this.#tracker.finish(entry)) this.#options.onProgress();
        this.#checkRoom();
      });
    }
    if (last < 0 && this.#tracker.finish(this.#tracker.add(nextOffset))) this.#options.onProgress();
    if (this.#hasRoom(1)) return;
    if (await this.#catchesUp()) return;
    this.#paused = true;
    this.#options.pause();
  }

  /** Pausing costs a fetch cycle, so a partition that is quick is rather waited for. */
  async #catchesUp(): Promise<boolean> {
    const { share, clock } = this.#options;
    const room = new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
    for (let left = maxHolds; left > 0; left--) {
      const before = share.queued;
      if (await within(clock, holdMs, room)) return true;
      const begun = before - share.queued;
      if (begun * (left - 1) < share.queued) break;
    }
    this.#onRoom = undefined;
    return this.#closed || this.#hasRoom(0.5);
  }

  /** What is to be committed, if anything is. */
  get pending(): PartitionOffset | undefined {
    const offset = this.#tracker.watermark;
    if (this.#forfeited || offset === undefined || offset === this.#committed) return undefined;
    return { ...this.id, offset };
  }

  /** Records taken on and not done. */
  get running(): number {
    return this.#options.share.running;
  }

  committed({ offset }: PartitionOffset): void {
    this.#committed = offset;
  }

  /** Has nothing more to commit, as another member owns the partition. */
  forfeit(): void {
    this.#forfeited = true;
    this.close();
  }

  /** Begins nothing more, and ends all waits for another attempt. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.share.close();
    this.#signals.interrupt.cancel();
    this.#onRoom?.();
  }

  /** Aborts the signals of the handlers that run. */
  abort(reason: KafkakitError): void {
    this.close();
    this.#signals.abort.cancel(reason);
  }

  /** Resolves when no handler runs. */
  idle(): Promise<void> {
    return this.#options.share.idle();
  }

  #lane({ key }: ConsumerRecord): string | null {
    if (this.#options.ordering === "partition") return "";
    if (key === null) return null;
    return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
  }

  #hasRoom(share: number): boolean {
    const limit = this.#options.queueLimit * share;
    return this.#options.share.queued <= limit && this.#tracker.size <= limit * gapFactor;
  }

  #checkRoom(): void {
    if (this.#closed || (this.#onRoom === undefined && !this.#paused) || !this.#hasRoom(0.5))
      return;
    this.#onRoom?.();
    this.#onRoom = undefined;
    if (!this.#paused) return;
    this.#paused = false;
    this.#options.resume();
  }
}
