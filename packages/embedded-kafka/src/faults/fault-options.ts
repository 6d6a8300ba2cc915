// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ApiId, ApiName, RequestOf } from "../protocol/apis.ts";
import type { ErrorName } from "../protocol/error-codes.ts";

/** A request of one kind, decoded: every field, those that its version lacks with their default. */
export type RequestNamed<N extends ApiName> = RequestOf<Extract<ApiId, Uncapitalize<N>>>;

/** Which requests a fault strikes: those that meet all that is given. */
export interface FaultFilter<N extends ApiName = ApiName> {
  /** How many of them, the first ones. Default: all, until the fault is removed. */
  times?: number;
  /** Id of the broker that was asked. Default: any. */
  broker?: number;
  /** The client's id as the request says it. Default: any. */
  clientId?: string;
  /** A topic that the request is about, maybe among others. Default: any or none. */
  topic?: string;
  /** A group that the request is about. Default: any or none. */
  group?: string;
  /** A transactional id that the request is about. Default: any or none. */
  transactionalId?: string;
  /** Decides by the request's fields. Default: all of them. */
  matches?: (request: RequestNamed<N>) => boolean;
}

/** Options of `broker.faults.fail()`. */
export interface FailOptions<N extends ApiName = ApiName> extends FaultFilter<N> {
  /** The kind of request as Kafka names it, such as "Produce". */
  api: N;
  /** The error that is answered, such as "NOT_LEADER_OR_FOLLOWER". */
  error: ErrorName;
  /**
   * Whether the request takes effect all the same, as when a broker appends records and then the
   * wait for its replicas times out. Default false.
   */
  handled?: boolean;
}

/** Options of `broker.faults.delay()`. */
export interface DelayOptions<N extends ApiName = ApiName> extends FaultFilter<N> {
  /** The kind of request as Kafka names it. Default: every kind. */
  api?: N;
  /** How long, in milliseconds of the broker's `clock`. */
  ms: number;
  /** Whether the wait is before the request takes effect, or after it. Default "before". */
  when?: "before" | "after";
}

/** Options of `broker.faults.drop()`. */
export interface DropOptions<N extends ApiName = ApiName> extends FaultFilter<N> {
  /** The kind of request as Kafka names it. Default: every kind. */
  api?: N;
  /**
   * Whether the request is lost before it takes effect, or its answer after: the client cannot tell
   * the two apart. Default "before".
   */
  when?: "before" | "after";
  /**
   * Whether the connection breaks. If not, it falls silent: Kafka answers in order, so nothing that
   * is asked later is answered either, the client gives up by its own timeout, and the connection
   * breaks when the fault is removed. Default true, which needs no wait.
   */
  cut?: boolean;
}

/** Which connections are meant: those that meet all that is given. */
export interface ConnectionFilter {
  /** Id of the broker. Default: any. */
  broker?: number;
  /** What the client calls itself in its requests. Default: any. */
  clientId?: string;
}

/** Options of `broker.faults.refuse()`. */
export interface RefuseOptions {
  /** Id of the broker. Default: any. */
  broker?: number;
  /** How many connections. Default: all, until the fault is removed. */
  times?: number;
}

/** Options of `broker.faults.moveLeader()`. */
export interface MoveLeaderOptions {
  topic: string;
  partition: number;
  /** Id of a broker that runs. Default: the next of the partition's replicas that runs. */
  to?: number;
}

/** Options of `broker.faults.moveCoordinator()`: either a group or a transactional id. */
export interface MoveCoordinatorOptions {
  group?: string;
  transactionalId?: string;
  /** Id of a broker that runs. Default: the next one that runs. */
  to?: number;
}
