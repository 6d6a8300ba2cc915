// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerRecord, PartitionOffset, ProducerRecord, TopicPartition } from "./driver.ts";

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

/** A member has other partitions than before. This is told, not asked: it cannot be refused. */
export interface AssignmentCall {
  readonly kind: "assignment";
  readonly group: string;
  /** All topics of the group's service. */
  readonly topics: readonly string[];
  /** `lost` is what was not given up in good order; a member that stops has `revoked`. */
  readonly reason: "assigned" | "revoked" | "lost";
  /** All that the member owns from here on. */
  readonly partitions: readonly TopicPartition[];
}

/** How many records of a partition a group has not handled. */
export interface PartitionLag extends TopicPartition {
  readonly lag: number;
}

/** A look, now and then, at how far a group is behind; the last one, as the app stops, is empty. */
export interface LagCall {
  readonly kind: "lag";
  readonly group: string;
  /** Every partition of the group's topics, whoever owns it. Empty until the call is done. */
  partitions: readonly PartitionLag[];
}

/** What passes through middleware, told apart by `kind`. Later versions may add kinds: pass on what you do not know. */
export type Call = SendCall | ProcessCall | DeadLetterCall | CommitCall | AssignmentCall | LagCall;

/** Does a call, and rejects when it fails. */
export type Next = (call: Call) => Promise<void>;

/** Wraps every call, in the grammar of Connect's interceptors. The first one used is the outermost. */
export type Middleware = (next: Next) => Next;

/** Makes one function of the middleware and what it wraps. */
export function compose(middleware: readonly Middleware[], innermost: Next): Next {
  return middleware.reduceRight((next, wrap) => wrap(next), innermost);
}
