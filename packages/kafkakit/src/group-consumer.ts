// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Cancellation } from "./cancellation.ts";
import { type Clock, delay, within } from "./clock.ts";
import type { Driver, DriverConsumer, RecordBatch, TopicPartition } from "./driver.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { LagWatch } from "./lag-watch.ts";
import type { Logger } from "./logger.ts";
import { type AssignmentCall, compose, type Middleware, type Next } from "./middleware.ts";
import { OffsetCommitter } from "./offset-committer.ts";
import { PartitionWork } from "./partition-work.ts";
import type { BatchingProducer } from "./producer.ts";
import { RecordProcessor } from "./record-processor.ts";
import { waitForReturn } from "./retry.ts";
import type { BoundService } from "./service.ts";
import { WorkPool } from "./work-pool.ts";

/** A member that lived this long was well: earlier crashes do not count against it. */
const wellMs = 60_000;
/** Crashes in a row, other than for want of a broker, after which the app gives up. */
const maxCrashes = 10;

export interface GroupConsumerOptions {
  driver: Driver;
  service: BoundService;
  producer: BatchingProducer;
  middleware: readonly Middleware[];
  lagIntervalMs: number;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Called once, when the consumer is beyond help. */
  onFatal(error: KafkakitError): void;
}

/** One member of a consumer group, through all the lives of its driver's consumer. */
export class GroupConsumer {
  readonly group: string;
  readonly #options: GroupConsumerOptions;
  readonly #processor: RecordProcessor;
  readonly #pool: WorkPool;
  readonly #committer: OffsetCommitter;
  readonly #through: Next;
  readonly #lagWatch: LagWatch | undefined;
  readonly #backoff: (attempt: number) => number;
  readonly #stopping = new Cancellation();
  readonly #works = new Map<string, PartitionWork>();
  readonly #started = Promise.withResolvers<void>();
  #consumer: DriverConsumer | undefined;
  #state: "connecting" | "joined" | "stopped" | "failed" = "connecting";
  #detail = "connecting";
  #crashes = 0;
  #joinedAt = 0;

  constructor(options: GroupConsumerOptions) {
    const { driver, service, producer, middleware, lagIntervalMs, clock, logger, random } = options;
    this.group = service.group;
    this.#options = options;
    this.#backoff = waitForReturn(random);
    this.#pool = new WorkPool(service.concurrency);
    this.#processor = new RecordProcessor({
      service,
      producer,
      middleware,
      clock,
      logger,
      random,
      onFatal: (error) => this.#fail(error),
    });
    this.#through = compose(middleware, async (call) => {
      if (call.kind === "commit") await this.#consumer?.commit(call.offsets);
    });
    this.#committer = new OffsetCommitter({
      group: service.group,
      intervalMs: service.commitIntervalMs,
      clock,
      logger,
      works: () => this.#works.values(),
      commit: (offsets) => this.#through({ kind: "commit", group: service.group, offsets }),
    });
    if (middleware.length > 0 && lagIntervalMs !== Number.POSITIVE_INFINITY) {
      this.#lagWatch = new LagWatch({
        driver,
        group: service.group,
        topics: [...service.bindings.keys()],
        startFrom: service.startFrom,
        intervalMs: lagIntervalMs,
        middleware,
        clock,
        logger,
      });
    }
    // Who waits for start() hears of it; where nobody does, onFatal has told already.
    this.#started.promise.catch(() => {});
  }

  get health(): { live: boolean; ready: boolean; detail: string } {
    return {
      live: this.#state !== "failed",
      ready: this.#state === "joined",
      detail: `group '${this.group}' ${this.#detail}`,
    };
  }

  /** Resolves when partitions are assigned for the first time; rejects when it is beyond help. */
  start(): Promise<void> {
    void this.#connect();
    this.#lagWatch?.start();
    return this.#started.promise;
  }

  /** Finishes what runs, within the deadline; commits; leaves. Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    const error = new KafkakitError("Cannot go on as the app stops", { code: "stopped" });
    this.#stopping.cancel(error);
    this.#committer.close();
    if (this.#state !== "failed") this.#setState("stopped", "stopped");
    this.#started.reject(error);
    const works = [...this.#works.values()];
    for (const work of works) work.close();
    const idle = Promise.all(works.map((work) => work.idle()));
    if (!(await within(clock, deadlineMs, idle))) {
      this.#options.logger.warn("Handlers did not end within the deadline, giving them up", {
        group: this.group,
        deadlineMs,
        running: works.reduce((sum, { running }) => sum + running, 0),
      });
      for (const work of works) work.abort(error);
      // One turn for handlers that end as soon as they are told.
      await within(clock, 0, idle);
    }
    await this.#committer.flush();
    this.#works.clear();
    void this.#tellAssignment("revoked");
    await Promise.all([this.#leave(), this.#lagWatch?.stop()]);
  }

  async #connect(): Promise<void> {
    const { driver, service, clock, logger } = this.#options;
    for (let attempt = 1; !this.#stopping.cancelled; attempt++) {
      const consumer = driver.consumer({
        group: service.group,
        topics: [...service.bindings.keys()],
        startFrom: service.startFrom,
        logger,
      });
      this.#consumer = consumer;
      const owner = () => this.#consumer === consumer;
      try {
        await consumer.start({
          assigned: (partitions) => owner() && this.#assigned(partitions, consumer),
          revoked: async (partitions) => {
            if (owner()) await this.#revoked(partitions);
          },
          batch: async (batch) => {
            if (owner()) await this.#batch(batch);
          },
          crashed: (error) => owner() && this.#crashed(KafkakitError.from(error)),
        });
        if (!owner()) return;
        this.#joinedAt = clock.now();
        if (this.#stopping.cancelled) return;
        this.#setState("joined", "has joined");
        this.#started.resolve();
        return;
      } catch (reason) {
        await consumer.leave();
        if (this.#stopping.cancelled || !owner()) return;
        const error = KafkakitError.from(reason);
        this.#loseAll(error);
        if (!this.#mayRetry(error)) return this.#fail(error);
        const waitMs = this.#backoff(attempt);
        this.#setState("connecting", `waits to connect: ${error.message}`);
        logger.warn("Cannot consume yet, trying again", {
          group: this.group,
          error: error.message,
          waitMs: Math.round(waitMs),
        });
        if (!(await delay(clock, waitMs, this.#stopping))) return;
      }
    }
  }

  #assigned(partitions: readonly TopicPartition[], consumer: DriverConsumer): void {
    if (this.#stopping.cancelled) return;
    const { service, clock } = this.#options;
    for (const id of partitions) {
      const work = new PartitionWork({
        id,
        share: this.#pool.open(),
        processor: this.#processor,
        clock,
        ordering: service.ordering,
        queueLimit: service.queueLimit,
        onProgress: () => this.#committer.schedule(),
        pause: () => consumer.pause([id]),
        resume: () => consumer.resume([id]),
      });
      this.#works.get(keyOf(id))?.abort(lost("assigned anew"));
      this.#works.set(keyOf(id), work);
    }
    this.#options.logger.info("Partitions assigned", { group: this.group, partitions });
    void this.#tellAssignment("assigned");
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { clock, service, logger } = this.#options;
    logger.info("Partitions revoked", { group: this.group, partitions });
    const works = partitions.flatMap((id) => this.#works.get(keyOf(id)) ?? []);
    for (const work of works) work.close();
    const idle = Promise.all(works.map((work) => work.idle()));
    if (!(await within(clock, service.revokeMs, idle))) {
      for (const work of works) work.abort(lost("revoked"));
      await within(clock, 0, idle);
    }
    await this.#committer.flush();
    for (const work of works) {
      if (this.#works.get(keyOf(work.id)) === work) this.#works.delete(keyOf(work.id));
    }
    void this.#tellAssignment("revoked");
  }

  async #batch(batch: RecordBatch): Promise<void> {
    this.#crashes = 0;
    await this.#works.get(keyOf(batch))?.add(batch);
  }

  #crashed(error: KafkakitError): void {
    if (this.#stopping.cancelled) return;
    this.#options.logger.error("Consumer crashed", { group: this.group, error: error.message });
    this.#loseAll(error);
    const crashed = this.#consumer;
    if (!this.#mayRetry(error)) {
      this.#fail(error);
      return;
    }
    this.#consumer = undefined;
    this.#setState("connecting", `reconnects: ${error.message}`);
    const waitMs = this.#backoff(Math.max(1, this.#crashes));
    void Promise.all([crashed?.leave(), delay(this.#options.clock, waitMs, this.#stopping)]).then(
      () => this.#connect(),
    );
  }

  /** Want of a broker never counts; other faults count when they come in a row. */
  #mayRetry(error: KafkakitError): boolean {
    if (!error.retryable) return false;
    if (error.code === "unavailable" || error.code === "unknown_topic") return true;
    if (this.#options.clock.now() - this.#joinedAt >= wellMs) this.#crashes = 0;
    this.#crashes++;
    return this.#crashes < maxCrashes;
  }

  #fail(error: KafkakitError): void {
    if (this.#state === "failed" || this.#stopping.cancelled) return;
    this.#setState("failed", `failed: ${error.message}`);
    this.#options.logger.error("Consumer is beyond help", {
      group: this.group,
      code: error.code,
      error: error.message,
    });
    this.#started.reject(error);
    this.#options.onFatal(error);
  }

  #loseAll(cause: KafkakitError): void {
    if (this.#works.size === 0) return;
    for (const work of this.#works.values()) work.abort(lost("lost", cause));
    this.#works.clear();
    void this.#tellAssignment("lost");
  }

  async #tellAssignment(reason: AssignmentCall["reason"]): Promise<void> {
    const { group } = this;
    const topics = [...this.#options.service.bindings.keys()];
    const partitions = Array.from(this.#works.values(), ({ id }) => id);
    try {
      await this.#through({ kind: "assignment", group, topics, reason, partitions });
    } catch (thrown) {
      const error = KafkakitError.from(thrown).message;
      this.#options.logger.error("Middleware failed at an assignment", { group, error });
    }
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.leave();
  }

  #setState(state: "connecting" | "joined" | "stopped" | "failed", detail: string): void {
    this.#state = state;
    this.#detail = detail;
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition}:${topic}`;
}

function lost(how: string, cause?: KafkakitError): KafkakitError {
  return new KafkakitError(`Cannot go on as the partition was ${how}`, {
    code: "not_owner",
    cause,
  });
}
