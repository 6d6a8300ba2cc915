// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import type { GroupCoordinator } from "../groups/group-coordinator.ts";
import type { Logger } from "../logger.ts";
import type { ApiName, RequestOf, ResponseOf } from "../protocol/apis.ts";
import type { Storage } from "../storage/storage.ts";
import type { TopicCatalog } from "../topics/topic-catalog.ts";

/** What handlers work on. */
export interface BrokerState {
  readonly topics: TopicCatalog;
  readonly groups: GroupCoordinator;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly autoCreateTopics: boolean;
  readonly defaultPartitions: number;
  readonly minSessionTimeoutMs: number;
}

/** What is known of the request besides its content. */
export interface RequestContext {
  readonly broker: BrokerState;
  readonly version: number;
  readonly clientId: string;
  /** The client's address. */
  readonly clientHost: string;
  /** Where clients are told that the broker is. */
  readonly address: { readonly host: string; readonly port: number };
  /** Aborted when the connection closes. */
  readonly signal: AbortSignal;
  /** Closes the connection: the only way to tell a client that waits for no answer of a fault. */
  disconnect(reason: string): void;
}

/** Answers one kind of request; null for no answer at all. */
export type Handler<N extends ApiName> = (
  request: RequestOf<N>,
  context: RequestContext,
) => ResponseOf<N> | null | Promise<ResponseOf<N>>;

/** The one broker. */
export const nodeId = 0;
