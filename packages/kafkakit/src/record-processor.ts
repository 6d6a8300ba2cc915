// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cancellation } from "./cancellation.ts";
import { type Clock, delay } from "./clock.ts";
import { toDeadLetter } from "./dead-letter.ts";
import type { ConsumerRecord } from "./driver.ts";
import { RecordContext } from "./handler-context.ts";
import { KafkakitError, PoisonError, RetryableError, SkipError } from "./kafkakit-error.ts";
import type { Logger } from "./logger.ts";
import { type Call, compose, type Middleware, type Next } from "./middleware.ts";
import type { Producer } from "./producer.ts";
import { waitForReturn } from "./retry.ts";
import type { Binding, BoundService } from "./service.ts";
import type { Slot } from "./work-pool.ts";

/** The life of a partition's work, as far as its records need to know. */
export interface WorkSignals {
  /** Cancelled when handlers are to end: the partition is gone, or the deadline has passed. */
  readonly abort: Cancellation;
  /** Cancelled when waits are to end: as above, or when the app begins to stop. */
  readonly interrupt: Cancellation;
}

export interface RecordProcessorOptions {
  service: BoundService;
  producer: Producer & { readonly sendThrough: Next };
  middleware: readonly Middleware[];
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Called when a record can neither be handled nor given up, as when its handler hangs. */
  onFatal(error: KafkakitError): void;
}

/** One record on its way. */
interface Work {
  readonly binding: Binding;
  readonly record: ConsumerRecord;
  readonly slot: Slot;
  readonly signals: WorkSignals;
  /** Undefined as long as, or when, the record is not decoded. */
  message?: unknown;
}

/** The innermost call carries what the middleware need not see. */
type InnerCall = Call & { readonly run?: () => unknown };

/** Takes one record through decoding, attempts, waits and, at the end of hope, the dead-letter topic. */
export class RecordProcessor {
  readonly #options: RecordProcessorOptions;
  readonly #service: BoundService;
  readonly #call: Next;

  constructor(options: RecordProcessorOptions) {
    this.#options = options;
    this.#service = options.service;
    this.#call = compose(options.middleware, async (call: InnerCall) => {
      await call.run?.();
    });
  }

  /**
   * Resolves with true when the record is done with (handled, skipped, or a dead letter), and with
   * false when it was given up halfway, so that it must not be committed. Never rejects.
   */
  async process(record: ConsumerRecord, slot: Slot, signals: WorkSignals): Promise<boolean> {
    try {
      return await this.#process(record, slot, signals);
    } catch (reason) {
      // A retry policy or a logger that throws. Kept quiet, it would hold up its partition for ever.
      const where = `'${record.topic}' ${record.partition}:${record.offset}`;
      const { message } = KafkakitError.from(reason);
      this.#options.onFatal(
        new KafkakitError(`Cannot go on with ${where}: ${message}`, {
          code: "unknown",
          cause: reason,
        }),
      );
      return false;
    }
  }

  async #process(record: ConsumerRecord, slot: Slot, signals: WorkSignals): Promise<boolean> {
    const binding = this.#service.bindings.get(record.topic);
    if (binding === undefined) return true;
    const job: Work = { binding, record, slot, signals };
    let run: (context: RecordContext) => unknown;
    try {
      run = this.#prepare(job);
    } catch (error) {
      return this.#deadLetter(job, 0, error);
    }
    for (let attempt = 1; ; attempt++) {
      if (signals.abort.cancelled) return false;
      const failure = await this.#attempt(job, attempt, run);
      if (failure === undefined) return true;
      const { error } = failure;
      if (signals.abort.cancelled) return false;
      if (error instanceof SkipError) {
        this.#options.logger.debug("Message skipped", this.#fields(job, error));
        return true;
      }
      const waitMs = this.#waitMs(attempt, error);
      if (waitMs === undefined) {
        return this.#deadLetter(job, attempt, error);
      }
      const fields = { ...this.#fields(job, error), attempt, waitMs };
      this.#options.logger.warn("Message failed, trying again", fields);
      if (!(await this.#pause(job, waitMs))) return false;
    }
  }

  /** @throws when the record holds no message. */
  #prepare(job: Work): (context: RecordContext) => unknown {
    const { binding, record } = job;
    const { onTombstone } = this.#service;
    if (record.value === null) {
      if (onTombstone !== undefined) return onTombstone;
      throw new KafkakitError("Cannot decode a null value: it is a tombstone, not a message", {
        code: "tombstone",
      });
    }
    const message = binding.codec.decode(record.value);
    job.message = message;
    return (context) => binding.handle(message, context);
  }

  async #attempt(
    { binding, record, signals: { abort } }: Work,
    attempt: number,
    run: (context: RecordContext) => unknown,
  ): Promise<{ error: unknown } | undefined> {
    const { clock, logger, producer, onFatal } = this.#options;
    const { group, timeoutMs, hangMs } = this.#service;
    const context = new RecordContext(record, attempt, producer, logger);
    let timeout: KafkakitError | undefined;
    let cancel = () => {};
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      cancel = clock.after(timeoutMs, () => {
        const where = `'${record.topic}' ${record.partition}:${record.offset}`;
        timeout = new KafkakitError(
          `Handler of '${binding.method}' did not end within ${timeoutMs} ms on ${where}`,
          { code: "timeout", retryable: true },
        );
        cancel = clock.after(hangMs, () => {
          onFatal(
            new KafkakitError(
              `Handler of '${binding.method}' hangs on ${where}: it ignored its signal for ${hangMs} ms`,
              { code: "hung", cause: timeout },
            ),
          );
        });
        context.abort(timeout);
      });
    }
    const forget = abort.onCancel(() => context.abort(abort.reason));
    const call: InnerCall & { kind: "process" } = {
      kind: "process",
      group,
      method: binding.method,
      record,
      attempt,
      get signal() {
        return context.signal;
      },
      run: () => run(context),
    };
    try {
      await this.#call(call);
      return undefined;
    } catch (error) {
      return { error: timeout ?? error };
    } finally {
      cancel();
      forget();
    }
  }

  #waitMs(attempt: number, error: unknown): number | undefined {
    if (error instanceof PoisonError) return undefined;
    const waitMs = this.#service.retry(attempt, error);
    if (waitMs === undefined) return undefined;
    return error instanceof RetryableError ? (error.delayMs ?? waitMs) : waitMs;
  }

  /** Tries until the record is in the dead-letter topic and the hook has succeeded. */
  async #deadLetter(job: Work, attempts: number, error: unknown): Promise<boolean> {
    const { binding, record, signals } = job;
    const { logger, producer, random } = this.#options;
    const { group } = this.#service;
    const { deadLetterTopic } = binding;
    const fields = { ...this.#fields(job, error), attempts, deadLetterTopic };
    const backoff = waitForReturn(random);
    logger.error(
      deadLetterTopic === undefined ? "Message lost" : "Message goes to the dead-letter topic",
      fields,
    );
    let sent = false;
    for (let round = 1; ; round++) {
      if (signals.abort.cancelled) return false;
      try {
        if (!sent) {
          const call: InnerCall & { kind: "deadLetter" } = {
            kind: "deadLetter",
            group,
            method: binding.method,
            record,
            attempts,
            error,
            run: () => {
              if (deadLetterTopic === undefined) return;
              const letter = toDeadLetter(record, deadLetterTopic, { group, error, attempts });
              return producer.sendRaw([letter]);
            },
          };
          await this.#call(call);
          sent = true;
        }
        await this.#tellDeadLetter(job, attempts, error);
        return true;
      } catch (failure) {
        const waitMs = backoff(round);
        const step = sent ? "onDeadLetter failed" : "Cannot reach the dead-letter topic";
        const cause = KafkakitError.from(failure).message;
        logger.error(`${step}, trying again`, { ...fields, cause, waitMs });
        if (!(await this.#pause(job, waitMs))) return false;
      }
    }
  }

  async #tellDeadLetter(job: Work, attempts: number, error: unknown): Promise<void> {
    const { abort } = job.signals;
    const { producer, logger } = this.#options;
    const context = new RecordContext(job.record, attempts, producer, logger);
    const forget = abort.onCancel(() => context.abort(abort.reason));
    try {
      await this.#service.onDeadLetter?.(job.message, context, error);
    } finally {
      forget();
    }
  }

  /** Waits without holding a place among the running. Resolves with false when interrupted. */
  async #pause({ slot, signals: { interrupt } }: Work, waitMs: number): Promise<boolean> {
    await slot.yieldUntil(delay(this.#options.clock, waitMs, interrupt));
    return !interrupt.cancelled;
  }

  #fields({ binding, record }: Work, error: unknown): object {
    return {
      method: binding.method,
      topic: record.topic,
      partition: record.partition,
      offset: String(record.offset),
      error: KafkakitError.from(error).message,
    };
  }
}
