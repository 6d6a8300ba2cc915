// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { batchOf } from "../../behaviour/record-batches.ts";
import { fetch, produce } from "../../behaviour/wire.ts";
import { RawClient } from "../../src/raw-client.testing.ts";

/** The topic of the witness, which no request of the attack names. */
export const witnessTopic = "of-the-witness";

/** A client that does nothing wrong while others do: what it is told must stay true. */
export class Witness implements AsyncDisposable {
  readonly #client: RawClient;
  readonly #acknowledged: string[] = [];
  /** The longest that it had to wait for an answer. */
  longestMs = 0;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async connect(address: { host: string; port: number }): Promise<Witness> {
    return new Witness(await RawClient.connect(address));
  }

  /** Appends a record. */
  async append(): Promise<void> {
    const value = `record ${this.#acknowledged.length}`;
    const begun = performance.now();
    const { error, baseOffset } = await produce(
      this.#client,
      witnessTopic,
      batchOf([value], { timestamp: 0 }),
    );
    this.longestMs = Math.max(this.longestMs, performance.now() - begun);
    if (error !== "NONE" || baseOffset !== this.#acknowledged.length) {
      throw new Error(`The record at ${this.#acknowledged.length} got ${baseOffset}: ${error}`);
    }
    this.#acknowledged.push(value);
  }

  /** What was acknowledged to it, and what is there. */
  async compare(): Promise<{ acknowledged: string[]; found: (string | null)[] }> {
    const found: (string | null)[] = [];
    for (;;) {
      const { values } = await fetch(this.#client, witnessTopic, { offset: found.length });
      if (values.length === 0) return { acknowledged: this.#acknowledged, found };
      found.push(...values);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}
