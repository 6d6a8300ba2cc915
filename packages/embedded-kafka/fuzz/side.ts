// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { type ApiId, apis, type ResponseOf } from "../src/protocol/apis.ts";
import { decode } from "../src/protocol/codec.ts";
import { Reader } from "../src/protocol/reader.ts";
import type { Struct } from "../src/protocol/schema.ts";
import { RawClient, requestFrame } from "../src/raw-client.testing.ts";
import { canonical } from "./canonical.ts";
import { learn } from "./learn.ts";
import { Names } from "./names.ts";
import { type Knowledge, type Operation, resolve } from "./operation.ts";

/** Stands for the answer of a broker that has closed the connection instead. */
const closed = "the connection was closed";

/** One of the two brokers during one sequence: its connections, and what it has said. */
export class Side {
  readonly known: Knowledge;
  readonly names: Names;
  readonly #address: { host: string; port: number };
  readonly #clients = new Map<string, Promise<RawClient>>();
  /** What waits, by its connection. */
  readonly waiting = new Map<string, Promise<void>>();
  /** Answers by the number of their operation; null where none is given. */
  readonly answers = new Map<number, unknown>();

  constructor(address: { host: string; port: number }, prefix: string) {
    this.#address = address;
    this.known = {
      prefix,
      members: new Map(),
      producers: new Map(),
      sessions: new Map(),
      topicIds: new Map(),
    };
    this.names = new Names(prefix, address);
  }

  /** Sends an operation; resolves when it is answered, which {@link waiting} tells before. */
  async send(number: number, operation: Operation): Promise<void> {
    const answered = this.#perform(number, operation);
    this.waiting.set(operation.by, answered);
    await answered;
    this.waiting.delete(operation.by);
  }

  async #perform(number: number, operation: Operation): Promise<void> {
    const { api, version, by } = operation;
    const deadline = performance.now() + 3_000;
    for (;;) {
      const request = resolve(operation.request, this.known);
      const answer = await this.#call(by, api, version, request);
      if (answer === undefined) {
        this.answers.set(number, closed);
        return;
      }
      // A coordinator that is not done with the transaction before has every client ask again.
      if (isConcurrent(answer) && performance.now() < deadline) continue;
      if (answer !== null) learn(operation, request, answer, this.known);
      this.names.learn(this.known);
      this.answers.set(number, answer);
      return;
    }
  }

  /** The answer; null where none is given, undefined where the connection is closed instead. */
  async #call(by: string, api: ApiId, version: number, request: unknown): Promise<unknown> {
    const client = await this.client(by);
    client.send(requestFrame(api, version, request as never));
    const isSilent = api === "produce" && (request as { acks: number }).acks === 0;
    if (isSilent) client.send(requestFrame("apiVersions", 0, {}));
    const frame = await client.frame();
    if (!frame) {
      this.#clients.delete(by);
      return undefined;
    }
    return isSilent ? null : read(api, version, frame);
  }

  /** An answer with names for ids: also for those that other answers have told since. */
  canonicalAnswer(number: number, operation: Operation): unknown {
    return canonical(operation, this.answers.get(number), this.names);
  }

  /** Asks for what is no part of the sequence. */
  async ask<N extends ApiId>(api: N, version: number, request: object) {
    const answer = await this.#call("aside", api, version, resolve(request, this.known));
    if (!answer) throw new Error(`Cannot ask for ${api}: ${closed}`);
    return answer as Required<ResponseOf<N>>;
  }

  client(by: string): Promise<RawClient> {
    const existing = this.#clients.get(by);
    if (existing) return existing;
    const made = RawClient.connect(this.#address);
    this.#clients.set(by, made);
    return made;
  }

  /** Learns the ids of topics, for requests that name them so. */
  async learnTopicIds(topics: readonly string[]): Promise<void> {
    const { topics: found } = await this.ask("metadata", 12, {
      topics: topics.map((name) => ({ topicId: Buffer.alloc(16), name })),
      allowAutoTopicCreation: false,
    });
    for (const { name, topicId } of found) {
      if (!name || !topicId || topicId.equals(Buffer.alloc(16))) continue;
      const short = name.replace(this.known.prefix, "~");
      this.known.topicIds.set(short, topicId);
      this.names.nameTopic(topicId, short);
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) {
      const { socket } = await client;
      if (socket.destroyed) continue;
      socket.destroy();
      await once(socket, "close");
    }
  }
}

function read(api: ApiId, version: number, frame: Buffer): unknown {
  const reader = new Reader(frame);
  reader.int32(); // The correlation id.
  const flexible = version >= apis[api].flexibleSince;
  if (flexible && api !== "apiVersions") reader.varint();
  const answer = decode(reader, apis[api].response as Struct, version, flexible);
  if (reader.remaining > 0) throw new Error(`Cannot read ${api} v${version} to its end`);
  return answer;
}

const concurrentTransactions = 51;

/** Whether any error in it is CONCURRENT_TRANSACTIONS. */
function isConcurrent(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.some(isConcurrent);
  if (answer === null || typeof answer !== "object" || Buffer.isBuffer(answer)) return false;
  return Object.entries(answer).some(([name, value]) => {
    if (name === "errorCode" || name === "partitionErrorCode") {
      return value === concurrentTransactions;
    }
    return isConcurrent(value);
  });
}
