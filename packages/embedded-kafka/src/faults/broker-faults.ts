// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { Node } from "../cluster/node.ts";
import type { ApiName } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { delaying, dropping, failing } from "./acts.ts";
import { checkNode, checkOptions, checkRuns, faultError } from "./check-options.ts";
import type { Fault } from "./fault.ts";
import type {
  ConnectionFilter,
  DelayOptions,
  DropOptions,
  FailOptions,
  MoveCoordinatorOptions,
  MoveLeaderOptions,
  RefuseOptions,
} from "./fault-options.ts";
import { moveCoordinator, moveLeader } from "./moves.ts";
import type { RequestFault } from "./request-faults.ts";
import { type RequestTarget, resolveTarget } from "./request-target.ts";

/** A broker that was stopped. `await using` starts it again at the end of the scope. */
export interface StoppedBroker extends AsyncDisposable {
  readonly id: number;
  /**
   * Starts it again at its old address. Does nothing once it has.
   *
   * @throws {EmbeddedKafkaError} when a port is taken meanwhile, or all brokers are closed
   */
  restart(): Promise<void>;
}

/**
 * What can go wrong with a broker, at will, so that tests see how their clients live through it.
 * All methods throw an {@link EmbeddedKafkaError} when an option names what is not there.
 */
export interface BrokerFaults {
  /** Answers requests with an error. */
  fail<N extends ApiName>(options: FailOptions<N>): Fault;
  /**
   * Holds requests up, or their answers; what its client asks next on the connection waits too.
   * When the fault is removed, those that it holds go on.
   */
  delay<N extends ApiName>(options: DelayOptions<N>): Fault;
  /** Loses requests, or their answers. */
  drop<N extends ApiName>(options?: DropOptions<N>): Fault;
  /** Closes connections as soon as they are made; those that are open stay. */
  refuse(options?: RefuseOptions): Fault;
  /** Closes connections that are open. Returns how many. */
  cut(filter?: ConnectionFilter): number;
  /** Gives a partition another leader. Returns the id of its broker. */
  moveLeader(options: MoveLeaderOptions): number;
  /**
   * Gives a group or a transactional id another coordinator, and with it all ids that share its
   * place among 50 as on Kafka. Returns the id of its broker.
   */
  moveCoordinator(options: MoveCoordinatorOptions): number;
  /** Stops one broker: what it led and coordinated goes to others. */
  stop(broker: number): Promise<StoppedBroker>;
  /** Removes all that fail(), delay(), drop() and refuse() have set. */
  clear(): void;
}

/** Delays come first: what they hold may still be failed or dropped. */
const ranks = { delay: 0, fail: 1, drop: 1 };

/** Makes the faults of a cluster. */
export function createFaults(cluster: Cluster): BrokerFaults {
  const { requestFaults } = cluster;
  const set = (target: RequestTarget, kind: keyof typeof ranks, act: RequestFault["act"]) =>
    requestFaults.add({ ...target, rank: ranks[kind], act });

  return {
    fail({ error, handled, ...options }) {
      const action = `fail ${options.api ?? "requests"}`;
      const own = ["error", "handled"];
      checkOptions(action, { error, handled }, own);
      const target = resolveTarget(cluster, action, options, own);
      if (target.id === undefined) throw faultError(action, "'api' is missing");
      if (!Object.hasOwn(errorCodes, error) || error === "NONE") {
        throw faultError(action, `there is no error "${error}"`);
      }
      return set(target, "fail", failing(error, handled ?? false));
    },

    delay({ ms, when, ...options }) {
      const action = `delay ${options.api ?? "requests"}`;
      const own = ["ms", "when"];
      checkOptions(action, { ms, when }, own);
      const target = resolveTarget(cluster, action, options, own);
      if (ms === undefined) throw faultError(action, "'ms' is missing");
      return set(target, "delay", delaying(ms, when ?? "before"));
    },

    drop({ when, cut, ...options } = {}) {
      const action = `drop ${options.api ?? "requests"}`;
      const own = ["when", "cut"];
      checkOptions(action, { when, cut }, own);
      const target = resolveTarget(cluster, action, options, own);
      return set(target, "drop", dropping(when ?? "before", cut ?? true));
    },

    refuse(options = {}) {
      const action = "refuse connections";
      const checked = checkOptions(action, options, ["broker", "times"]);
      checkNode(cluster, action, checked.broker);
      return requestFaults.addRefusal(checked);
    },

    cut(filter = {}) {
      const action = "cut connections";
      const { broker, clientId } = checkOptions(action, filter, ["broker", "clientId"]);
      checkNode(cluster, action, broker);
      const meant = [...cluster.connections].filter(
        (connection) =>
          (broker === undefined || connection.node.id === broker) &&
          (clientId === undefined || connection.lastClientId === clientId),
      );
      for (const connection of meant) connection.disconnect("a fault cuts it", "debug");
      return meant.length;
    },

    moveLeader: (options) => moveLeader(cluster, options),
    moveCoordinator: (options) => moveCoordinator(cluster, options),
    stop: (broker) => stop(cluster, broker),
    clear: () => requestFaults.clear(),
  };
}

async function stop(cluster: Cluster, broker: number): Promise<StoppedBroker> {
  const node = cluster.nodes[checkRuns(cluster, `stop broker ${broker}`, broker)] as Node;
  await cluster.stopNode(node);
  let restarting: Promise<void> | undefined;
  const restart = () => {
    restarting ??= cluster.startNode(node).catch((error) => {
      restarting = undefined;
      throw error;
    });
    return restarting;
  };
  return { id: node.id, restart, [Symbol.asyncDispose]: restart };
}
