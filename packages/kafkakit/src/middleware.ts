// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerRecord, PartitionOffset, ProducerRecord } from "./driver.ts";

/** Records on their way to a broker, as one caller gave them. */
export interface SendCall {
  readonly kind: "send";
  /** May be changed or replaced, to add headers for instance. */
  records: readonly ProducerRecord[];
}

/** One attempt of a handler at one record. */
export interface ProcessCall {
  readonly kind: "process";
  readonly group: string;
  /** Such as `/package.Service/Method`. */
  readonly method: string;
  readonly record: ConsumerRecord;
  /** Counts from 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** A record on its way to a dead-letter topic. */
export interface DeadLetterCall {
  readonly kind: "deadLetter";
  readonly group: string;
  readonly method: string;
  readonly record: ConsumerRecord;
  /** Attempts that the handler made: 0 when the record could not be decoded. */
  readonly attempts: number;
  /** Why. */
  readonly error: unknown;
}

/** Offsets on their way to the group's coordinator. */
export interface CommitCall {
  readonly kind: "commit";
  readonly group: string;
  readonly offsets: readonly PartitionOffset[];
}

/** What passes through middleware, told apart by `kind`. Later versions may add kinds: pass on what you do not know. */
export type Call = SendCall | ProcessCall | DeadLetterCall | CommitCall;

/** Does a call, and rejects when it fails. */
export type Next = (call: Call) => Promise<void>;

/** Wraps every call, in the grammar of Connect's interceptors. The first one used is the outermost. */
export type Middleware = (next: Next) => Next;

/** Makes one function of the middleware and what it wraps. */
export function compose(middleware: readonly Middleware[], innermost: Next): Next {
  return middleware.reduceRight((next, wrap) => wrap(next), innermost);
}
