// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { CoordinatorKind } from "../cluster/coordinators.ts";
import type { Address, Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import type { ApiId, RequestOf, ResponseOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { SaslSession } from "../security/sasl-session.ts";

/** What is known of the connection by which a request came. */
export interface ConnectionContext {
  readonly cluster: Cluster;
  /** The node that was asked. */
  readonly node: Node;
  /** The listener by which it was asked; the addresses that clients are told are of the same one. */
  readonly listener: Listener;
  /** The client's address. */
  readonly clientHost: string;
  /** What the client called itself in its last request; empty before the first. */
  lastClientId: string;
  /** Where clients of this connection are told that a node is. */
  addressOf(node: Node): Address;
  /**
   * Calls back when the connection closes, at once when it is closed already. Returns a function
   * that ends it: what waits must call it when it waits no more.
   */
  onClose(callback: () => void): () => void;
  /** Who the client has proven to be; undefined where the listener asks nobody. */
  readonly session: SaslSession | undefined;
  /**
   * Closes the connection: the only way to tell a client that waits for no answer of a fault. It is
   * logged as a warning unless it was asked for.
   */
  disconnect(reason: string, level?: "warn" | "debug"): void;
  /** Closes the connection when this request has been answered. */
  hangUp(reason: string): void;
}

/** What is known of the request besides its content. */
export interface RequestContext extends ConnectionContext {
  readonly version: number;
  readonly clientId: string;
}

/** Answers one kind of request; null for no answer at all. */
export type Handler<N extends ApiId> = (
  request: RequestOf<N>,
  context: RequestContext,
) => ResponseOf<N> | null | Promise<ResponseOf<N> | null>;

/** Says whether the node that was asked coordinates the id: NONE or NOT_COORDINATOR. */
export function checkCoordinator(
  { cluster, node }: RequestContext,
  kind: CoordinatorKind,
  id: string,
): number {
  const isOurs = cluster.coordinators.nodeOf(kind, id) === node.id;
  return isOurs ? errorCodes.NONE : errorCodes.NOT_COORDINATOR;
}
