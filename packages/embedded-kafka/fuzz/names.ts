// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Knowledge } from "./operation.ts";

/** Ids as Java writes them, and as Kafka does, where nothing stands before that makes a name of it. */
const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![\w~-])[\w-]{22}(?![\w-])/g;

/** Of times, which follow the clock. */
const limits = /\[-?\d+, -?\d+\]/g;

/** What a broker calls things by, and what both brokers' answers call them when they are compared. */
export class Names {
  readonly #prefix: string;
  readonly #address: { host: string; port: number };
  readonly #byId = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #startedAt = Date.now() - 5_000;

  constructor(prefix: string, address: { host: string; port: number }) {
    this.#prefix = prefix;
    this.#address = address;
  }

  /** Names the ids that an answer has given, after whom they were given to. */
  learn({ members, producers }: Knowledge): void {
    for (const [of, { id }] of members) if (id) this.#name(id, `member ${of}`);
    for (const [of, { id }] of producers) this.#name(`${id}`, `producer ${of}`);
  }

  nameTopic(id: Buffer, topic: string): void {
    this.#name(id.toString("hex"), `topic ${topic}`);
    // As errors have it in their texts.
    this.#name(id.toString("base64url"), `topic ${topic}`);
  }

  text(text: string): string {
    let renamed = text;
    for (const [id, name] of this.#byId) {
      if (id.length > 8 && renamed.includes(id)) renamed = renamed.replaceAll(id, `<${name}>`);
    }
    // What is left are ids that no answer to a member has told.
    return renamed
      .replaceAll(this.#prefix, "~")
      .replace(uuids, "<some id>")
      .replace(limits, "<limits>");
  }

  producerId(id: bigint): string {
    // Ids that are given out are far from those that the generator makes up.
    return id < 0n ? `${id}` : (this.#byId.get(`${id}`) ?? `${id}`);
  }

  /** @param topic its name, where that stands beside the id */
  topicId(id: Buffer, topic: unknown): string {
    if (id.equals(Buffer.alloc(16))) return "none";
    // What requests call topics that were never there.
    if (/^~[\w ]{15}$/.test(id.toString("latin1"))) return id.toString("latin1");
    if (typeof topic === "string" && topic !== "") this.nameTopic(id, this.text(topic));
    return this.#name(id.toString("hex"), "unknown topic");
  }

  session(id: number): string {
    return id === 0 ? "none" : "some";
  }

  /** The brokers' own times differ, those that requests carry do not. */
  time(ms: bigint | number): string {
    return Number(ms) > this.#startedAt && Number(ms) < this.#startedAt + 600_000
      ? "the present"
      : `${ms}`;
  }

  port(port: number): string {
    return port === this.#address.port ? "its own" : `${port}`;
  }

  #name(id: string, kind: string): string {
    const existing = this.#byId.get(id);
    if (existing) return existing;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind} #${count}`;
    this.#byId.set(id, name);
    return name;
  }
}
