// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescMethod, DescService, MessageShape } from "@bufbuild/protobuf";
import { type Codec, createCodec } from "@labwire/protokit";
import type { HandlerContext } from "./handler-context.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { exponential, type RetryPolicy } from "./retry.ts";

/** Handles one message. What it returns is dropped; what it throws goes through the retry policy. */
export type Handler<Desc extends DescMessage> = (
  message: MessageShape<Desc>,
  context: HandlerContext,
) => unknown;

/** Names of a service's methods. */
export type MethodName<Service extends DescService> = keyof Service["method"] & string;

/** A handler for each of some methods of a service. */
export type ServiceHandlers<
  Service extends DescService,
  Name extends MethodName<Service> = MethodName<Service>,
> = { [N in Name]: Handler<Service["method"][N]["input"]> };

/** Any of the messages that these methods take. */
type Input<Service extends DescService, Name extends MethodName<Service>> = MessageShape<
  Service["method"][Name]["input"]
>;

/** Options of `app.service`. */
export interface ServiceOptions<
  Service extends DescService = DescService,
  Name extends MethodName<Service> = MethodName<Service>,
> {
  /** The consumer group: each message goes to one member of it. One service a group. */
  group: string;
  /** The topic of each method that has a handler. One method a topic. */
  topics: { readonly [N in Name]: string };
  /**
   * What stays in order:
   * - `key`: messages of one key; those without a key have no order;
   * - `partition`: all messages of a partition, one at a time.
   *
   * Default `key`, as that is what producers order by, and it lets slow keys pass each other.
   */
  ordering?: "key" | "partition";
  /**
   * Handlers that run at once, over all partitions of this process. Default 16. As long as there
   * are no more partitions than this, a slow partition never holds up another.
   */
  concurrency?: number;
  /**
   * How long an attempt may take, in milliseconds; then `context.signal` is aborted and the retry
   * policy decides. Default 300 000, as the Java client's max.poll.interval.ms. `Infinity` for no
   * limit.
   */
  timeoutMs?: number;
  /**
   * How long a handler may go on after its signal was aborted for being too slow, in milliseconds,
   * before the app gives up on itself. Default 10 000.
   */
  hangMs?: number;
  /** When to try again. Default `exponential()`: 5 attempts within about 8 s. */
  retry?: RetryPolicy;
  /**
   * Where a message goes that cannot be decoded, is poison, or has used up its attempts. Default
   * true: the topic `<topic>.dlq`. With false it is logged and lost.
   */
  deadLetter?: boolean | { topic: string };
  /**
   * Called when a message is in the dead-letter topic, before its offset is committed; tried again
   * until it succeeds. The message is undefined when it could not be decoded: `context.record` has
   * its bytes. With `deadLetter: false`, called all the same.
   */
  onDeadLetter?: (
    message: Input<Service, Name> | undefined,
    context: HandlerContext,
    error: unknown,
  ) => unknown;
  /** Handles a null value, which is no message. Default: to the dead-letter topic, as undecodable. */
  onTombstone?: (context: HandlerContext) => unknown;
  /** Makes the codec of a method's messages. Default: the Protobuf binary format. */
  codec?: <Desc extends DescMessage>(schema: Desc) => Codec<MessageShape<Desc>>;
  /** Where a partition without a committed offset is read from. Default `earliest`: nothing is missed. */
  startFrom?: "earliest" | "latest";
  /**
   * Messages of a partition that may wait for their turn in memory; past it the partition is
   * paused. A fetch that is under way comes on top. Default 1000.
   */
  queueLimit?: number;
  /** Shortest time between two commits, in milliseconds. Default 200. */
  commitIntervalMs?: number;
  /**
   * How long to wait for running handlers when a partition goes to another member, in
   * milliseconds; then their signals are aborted. Default 5000.
   */
  revokeMs?: number;
}

/** A method and its topic, ready to be called. */
export interface Binding {
  /** Such as `/package.Service/Method`. */
  readonly method: string;
  readonly topic: string;
  /** Undefined when dead letters are only logged. */
  readonly deadLetterTopic: string | undefined;
  readonly codec: Codec<unknown>;
  handle(message: unknown, context: HandlerContext): unknown;
}

/** A service as the consumer sees it, with all defaults filled in. */
export interface BoundService {
  readonly group: string;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly ordering: "key" | "partition";
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly hangMs: number;
  readonly retry: RetryPolicy;
  onDeadLetter?(message: unknown, context: HandlerContext, error: unknown): unknown;
  onTombstone?(context: HandlerContext): unknown;
  readonly startFrom: "earliest" | "latest";
  readonly queueLimit: number;
  readonly commitIntervalMs: number;
  readonly revokeMs: number;
}

/** @throws {KafkakitError} with code `config` when handlers, topics and methods do not fit. */
export function bindService(
  service: DescService,
  handlers: Readonly<Record<string, Handler<DescMessage>>>,
  options: ServiceOptions,
): BoundService {
  const { group, deadLetter = true, codec = createCodec, concurrency = 16 } = options;
  const refuse = (why: string) =>
    new KafkakitError(`Cannot serve '${service.typeName}' ${why}`, { code: "config" });
  if (!group) throw refuse("as 'group' is empty");
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw refuse(`as 'concurrency' must be a positive integer: current value is ${concurrency}`);
  }
  const bindings = new Map<string, Binding>();
  const names = new Set([...Object.keys(handlers), ...Object.keys(options.topics)]);
  for (const name of names) {
    const method: DescMethod | undefined = service.method[name];
    const handler = handlers[name];
    const topic = options.topics[name];
    if (method === undefined) throw refuse(`as it has no method '${name}'`);
    if (typeof handler !== "function") throw refuse(`as method '${name}' has no handler`);
    if (!topic) throw refuse(`as 'topics' names none for method '${name}'`);
    if (method.methodKind !== "unary") throw refuse(`as method '${name}' streams`);
    if (bindings.has(topic)) throw refuse(`as topic '${topic}' has two methods`);
    bindings.set(topic, {
      method: `/${service.typeName}/${method.name}`,
      topic,
      deadLetterTopic: deadLetterTopic(topic, deadLetter),
      codec: codec(method.input),
      handle: (message, context) => handler.call(handlers, message as never, context),
    });
  }
  if (bindings.size === 0) throw refuse("as no method has a handler");
  return {
    group,
    bindings,
    concurrency,
    ordering: options.ordering ?? "key",
    timeoutMs: options.timeoutMs ?? 300_000,
    hangMs: options.hangMs ?? 10_000,
    retry: options.retry ?? exponential(),
    ...(options.onDeadLetter && { onDeadLetter: options.onDeadLetter as never }),
    ...(options.onTombstone && { onTombstone: options.onTombstone }),
    startFrom: options.startFrom ?? "earliest",
    queueLimit: options.queueLimit ?? 1000,
    commitIntervalMs: options.commitIntervalMs ?? 200,
    revokeMs: options.revokeMs ?? 5000,
  };
}

function deadLetterTopic(
  topic: string,
  deadLetter: NonNullable<ServiceOptions["deadLetter"]>,
): string | undefined {
  if (deadLetter === false) return undefined;
  return deadLetter === true ? `${topic}.dlq` : deadLetter.topic;
}
