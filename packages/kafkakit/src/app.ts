// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescService } from "@bufbuild/protobuf";
import { Cancellation } from "./cancellation.ts";
import { type Clock, delay, systemClock, within } from "./clock.ts";
import type { Driver, TopicSpec } from "./driver.ts";
import { GroupConsumer } from "./group-consumer.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { compose, type Middleware } from "./middleware.ts";
import { BatchingProducer, type Producer } from "./producer.ts";
import { waitForReturn } from "./retry.ts";
import {
  type BoundService,
  bindService,
  type Handler,
  type MethodName,
  type ServiceHandlers,
  type ServiceOptions,
} from "./service.ts";

/** What is waiting to be sent has this long at least, however late handlers ended. */
const minFlushMs = 1000;

/** Options of {@link createKafkaApp}. */
export interface KafkaAppOptions {
  /** The Kafka client, such as `kafkajs({ brokers })`. */
  driver: Driver;
  /** Where log lines go. Default: nowhere. */
  logger?: Logger;
  /**
   * Topics that `start` creates when they do not exist; dead-letter topics of the services come on
   * top, with one partition unless named here. Default: none, and the broker's own rules decide.
   */
  createTopics?: readonly TopicSpec[];
  /**
   * How often brokers are asked how far the groups are behind, in milliseconds, so that middleware
   * can tell. Default 15 000, as often as metrics are commonly collected; `Infinity` for never.
   * Without middleware nobody is asked.
   */
  lagIntervalMs?: number;
  /** Time. Default: the machine's. */
  clock?: Clock;
  /** Gives numbers from 0 to below 1, for waits. Default `Math.random`. */
  random?: () => number;
}

/** Options of {@link KafkaApp.start}. */
export interface StartOptions {
  /** Stops the app when aborted, as `stop()` does; before the app runs, `start` rejects. */
  signal?: AbortSignal;
}

/** Options of {@link KafkaRun.stop}. */
export interface StopOptions {
  /** How long handlers that run may go on, in milliseconds; then they are aborted. Default 10 000. */
  deadlineMs?: number;
}

/** Whether an app is well. */
export interface Health {
  /** False when it is beyond help and should be restarted. */
  readonly live: boolean;
  /**
   * Whether all partitions are assigned, and the last send, if any, went well. Without services:
   * whether the producer has connected, and the last send, if any, went well.
   */
  readonly ready: boolean;
  /** What it waits for, or what broke. */
  readonly detail: string;
}

/** An app that was started. */
export interface KafkaRun {
  health(): Health;
  /**
   * Takes no more messages, lets running handlers end, commits, leaves its groups, sends what is
   * waiting, and disconnects. Messages that wait for their turn or for another attempt are left
   * for later. Resolves soon after the deadline even if handlers do not end. Never rejects.
   */
  stop(options?: StopOptions): Promise<void>;
  /**
   * Resolves after `stop`; rejects when a consumer is beyond help, after everything was stopped.
   * Nobody waiting for it then makes an unhandled rejection: a dead consumer is not kept quiet.
   */
  readonly done: Promise<void>;
}

/** Producers, consumers and handlers that share a driver. */
export interface KafkaApp {
  /** Wraps all calls from here on; the first one used is the outermost. Call before `start`. */
  use(...middleware: Middleware[]): KafkaApp;
  /** Serves methods of a service from topics. Call before `start`. */
  service<Service extends DescService, Name extends MethodName<Service>>(
    service: Service,
    handlers: Pick<ServiceHandlers<Service>, Name>,
    options: ServiceOptions<Service, Name>,
  ): KafkaApp;
  /** Usable at once, whether or not the app was started. */
  readonly producer: Producer;
  /**
   * Connects, and resolves when all consumers have their partitions; at once without services. A
   * broker that is away is waited for, with backoff.
   *
   * @throws {KafkakitError} when the broker refuses us, or when the signal was aborted.
   */
  start(options?: StartOptions): Promise<KafkaRun>;
}

/** Makes an app on a driver. */
export function createKafkaApp(options: KafkaAppOptions): KafkaApp {
  return new App(options);
}

class App implements KafkaApp {
  readonly producer: BatchingProducer;
  readonly #driver: Driver;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #createTopics: readonly TopicSpec[];
  readonly #lagIntervalMs: number;
  readonly #middleware: Middleware[] = [];
  readonly #services: BoundService[] = [];
  #consumers: GroupConsumer[] = [];
  #started = false;
  #fatal: KafkakitError | undefined;
  readonly #stopping = new Cancellation();
  #stopped: Promise<void> | undefined;
  readonly #done = Promise.withResolvers<void>();

  constructor({
    driver,
    logger = silentLogger,
    createTopics = [],
    lagIntervalMs = 15_000,
    clock = systemClock,
    random = Math.random,
  }: KafkaAppOptions) {
    this.#driver = driver;
    this.#logger = logger;
    this.#clock = clock;
    this.#random = random;
    this.#createTopics = createTopics;
    if (!(lagIntervalMs > 0)) {
      throw new KafkakitError(
        `Cannot make an app as 'lagIntervalMs' must be positive: current value is ${lagIntervalMs}`,
        { code: "config" },
      );
    }
    this.#lagIntervalMs = lagIntervalMs;
    this.producer = new BatchingProducer(driver, logger);
  }

  use(...middleware: Middleware[]): KafkaApp {
    this.#refuseIfStarted("use middleware");
    this.#middleware.push(...middleware);
    this.producer.use(compose(this.#middleware, this.producer.sendThrough));
    return this;
  }

  service<Service extends DescService, Name extends MethodName<Service>>(
    service: Service,
    handlers: Pick<ServiceHandlers<Service>, Name>,
    options: ServiceOptions<Service, Name>,
  ): KafkaApp {
    this.#refuseIfStarted(`serve '${service.typeName}'`);
    const bound = bindService(
      service,
      handlers as Record<string, Handler<DescMessage>>,
      options as unknown as ServiceOptions,
    );
    if (this.#services.some(({ group }) => group === bound.group)) {
      throw new KafkakitError(
        `Cannot serve '${service.typeName}' as group '${bound.group}' has a service already`,
        { code: "config" },
      );
    }
    this.#services.push(bound);
    return this;
  }

  async start({ signal }: StartOptions = {}): Promise<KafkaRun> {
    this.#refuseIfStarted("start");
    this.#started = true;
    const onAbort = () => void this.#stop();
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    const onDone = () => signal?.removeEventListener("abort", onAbort);
    this.#done.promise.then(onDone, onDone);
    try {
      await this.#startConsumers();
    } catch (reason) {
      const error = this.#fatal ?? KafkakitError.from(reason);
      await this.#stop();
      throw error;
    }
    if (this.#services.length === 0) {
      // The first send would connect as well; this way health() tells sooner.
      void this.#retry("connect", () => this.producer.connect()).catch(() => {});
    }
    if (this.#stopping.cancelled) {
      await this.#stopped;
      throw this.#stopping.reason;
    }
    return {
      health: () => this.#health(),
      stop: (stopOptions) => this.#stop(stopOptions),
      // A promise of its own, so that it is unhandled when nobody waits for it.
      done: this.#done.promise.then(),
    };
  }

  async #startConsumers(): Promise<void> {
    const topics = this.#missingTopics();
    if (topics.length > 0) {
      await this.#retry("create topics", () =>
        this.#driver.createTopics(topics, { logger: this.#logger }),
      );
    }
    this.#stopping.throwIfCancelled();
    this.#consumers = this.#services.map(
      (service) =>
        new GroupConsumer({
          driver: this.#driver,
          service,
          producer: this.producer,
          middleware: this.#middleware,
          lagIntervalMs: this.#lagIntervalMs,
          clock: this.#clock,
          logger: this.#logger,
          random: this.#random,
          onFatal: (error) => {
            this.#fatal ??= error;
            void this.#stop();
          },
        }),
    );
    await Promise.all(this.#consumers.map((consumer) => consumer.start()));
  }

  #missingTopics(): TopicSpec[] {
    if (this.#createTopics.length === 0) return [];
    const specs = new Map(this.#createTopics.map((spec) => [spec.topic, spec]));
    for (const { bindings } of this.#services) {
      for (const { deadLetterTopic } of bindings.values()) {
        if (deadLetterTopic !== undefined && !specs.has(deadLetterTopic)) {
          specs.set(deadLetterTopic, { topic: deadLetterTopic });
        }
      }
    }
    return [...specs.values()];
  }

  /** Repeats what fails for want of a broker, until the app stops. */
  async #retry(action: string, act: () => Promise<void>): Promise<void> {
    const backoff = waitForReturn(this.#random);
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (reason) {
        const error = KafkakitError.from(reason);
        if (!error.retryable) throw error;
        const waitMs = backoff(attempt);
        this.#logger.warn(`Cannot ${action} yet, trying again`, {
          error: error.message,
          waitMs: Math.round(waitMs),
        });
        if (!(await delay(this.#clock, waitMs, this.#stopping))) {
          throw this.#stopping.reason;
        }
      }
    }
  }

  #stop({ deadlineMs = 10_000 }: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stopOnce(deadlineMs);
    return this.#stopped;
  }

  async #stopOnce(deadlineMs: number): Promise<void> {
    this.#stopping.cancel(
      new KafkakitError("Cannot go on as the app was stopped", { code: "stopped" }),
    );
    const started = this.#clock.now();
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(deadlineMs)));
    const leftMs = Math.max(minFlushMs, started + deadlineMs - this.#clock.now());
    if (!(await within(this.#clock, leftMs, this.producer.close()))) {
      this.#logger.warn("Sends did not end within the deadline, giving them up", { deadlineMs });
    }
    if (this.#fatal === undefined) this.#done.resolve();
    else this.#done.reject(this.#fatal);
  }

  #health(): Health {
    const parts = this.#consumers.map(({ health }) => health);
    const { fault } = this.producer;
    if (fault !== undefined) {
      parts.push({ live: true, ready: false, detail: `producer: ${fault.message}` });
    } else if (this.#services.length === 0 && !this.producer.connected) {
      parts.push({ live: true, ready: false, detail: "producer: connecting" });
    }
    if (this.#stopping.cancelled) {
      parts.push({ live: this.#fatal === undefined, ready: false, detail: "stopped" });
    }
    const bad = parts.filter(({ live, ready }) => !live || !ready);
    return {
      live: parts.every(({ live }) => live),
      ready: parts.every(({ ready }) => ready),
      detail: bad.length === 0 ? "ok" : bad.map(({ detail }) => detail).join("; "),
    };
  }

  #refuseIfStarted(action: string): void {
    if (this.#started) {
      throw new KafkakitError(`Cannot ${action} as the app was started before`, { code: "config" });
    }
  }
}
