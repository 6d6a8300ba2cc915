// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { CoordinatorKind } from "../cluster/coordinators.ts";
import type { Node } from "../cluster/node.ts";
import { type ApiId, type ApiName, apiIdByName } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { delaying, dropping, failing } from "./acts.ts";
import { checkOptions, faultError, filterNames } from "./check-options.ts";
import type { Fault } from "./fault.ts";
import type {
  ConnectionFilter,
  DelayOptions,
  DropOptions,
  FailOptions,
  FaultFilter,
  MoveCoordinatorOptions,
  MoveLeaderOptions,
  RefuseOptions,
} from "./fault-options.ts";

/** A broker that was stopped. `await using` starts it again at the end of the scope. */
export interface StoppedBroker extends AsyncDisposable {
  readonly id: number;
  /** Starts it again at its old address. Does nothing the second time. */
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
  const { requestFaults, nodes } = cluster;
  const isRunning = (id: number) => nodes[id]?.isRunning === true;

  return {
    fail(options) {
      const action = `fail ${options.api}`;
      const checked = checkOptions(action, options, ["error", "handled", ...filterNames]);
      const { api, error, handled = false, ...filter } = checked;
      if (api === undefined) throw faultError("fail requests", "'api' is missing");
      if (!Object.hasOwn(errorCodes, error) || error === "NONE") {
        throw faultError(action, `there is no error "${error}"`);
      }
      const id = findApi(action, api);
      checkNode(cluster, action, filter.broker);
      return requestFaults.add({
        id,
        filter: filter as FaultFilter,
        rank: ranks.fail,
        act: failing(error, handled),
      });
    },

    delay(options) {
      const action = `delay ${options.api ?? "requests"}`;
      const checked = checkOptions(action, options, ["ms", "when", ...filterNames]);
      const { api, ms, when = "before", ...filter } = checked;
      if (ms === undefined) throw faultError(action, "'ms' is missing");
      const id = api && findApi(action, api);
      checkNode(cluster, action, filter.broker);
      return requestFaults.add({
        id,
        filter: filter as FaultFilter,
        rank: ranks.delay,
        act: delaying(ms, when),
      });
    },

    drop(options = {}) {
      const action = `drop ${options.api ?? "requests"}`;
      const checked = checkOptions(action, options, ["when", "cut", ...filterNames]);
      const { api, when = "before", cut = true, ...filter } = checked;
      const id = api && findApi(action, api);
      checkNode(cluster, action, filter.broker);
      return requestFaults.add({
        id,
        filter: filter as FaultFilter,
        rank: ranks.drop,
        act: dropping(when, cut),
      });
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

    moveLeader(options) {
      const { topic, partition, to } = checkOptions("move a leader", options, [
        "topic",
        "partition",
        "to",
      ]);
      const action = `move the leader of partition ${partition} of topic '${topic}'`;
      const placed = cluster.topics.partition(topic, partition);
      if (!placed) throw faultError(action, "there is no such partition");
      const next = placed.replicas.filter((id) => id !== placed.leader).find(isRunning);
      const leader = checkRuns(cluster, action, to ?? next);
      cluster.moveLeader(topic, partition, leader);
      return leader;
    },

    moveCoordinator(options) {
      const { group, transactionalId, to } = checkOptions("move a coordinator", options, [
        "group",
        "transactionalId",
        "to",
      ]);
      if ((group === undefined) === (transactionalId === undefined)) {
        throw faultError("move a coordinator", "either 'group' or 'transactionalId' must be given");
      }
      const kind: CoordinatorKind = group === undefined ? "transaction" : "group";
      const id = group ?? (transactionalId as string);
      const action = `move the coordinator of ${kind} '${id}'`;
      const { length } = nodes;
      const current = cluster.coordinators.nodeOf(kind, id);
      const others = Array.from({ length: length - 1 }, (_, at) => (current + 1 + at) % length);
      const coordinator = checkRuns(cluster, action, to ?? others.find(isRunning));
      cluster.moveCoordinator(kind, id, coordinator);
      return coordinator;
    },

    async stop(broker) {
      const node = checkRuns(cluster, `stop broker ${broker}`, broker);
      return stopNode(cluster, cluster.nodes[node] as Node);
    },

    clear: () => requestFaults.clear(),
  };
}

async function stopNode(cluster: Cluster, node: Node): Promise<StoppedBroker> {
  await cluster.stopNode(node);
  let restarting: Promise<void> | undefined;
  const restart = () => {
    restarting ??= cluster.startNode(node);
    return restarting;
  };
  return { id: node.id, restart, [Symbol.asyncDispose]: restart };
}

function findApi(action: string, api: string): ApiId {
  const id = apiIdByName.get(api);
  if (id) return id;
  const names = [...apiIdByName.keys()].sort().join(", ");
  throw faultError(action, `there is no api "${api}": there are ${names}`);
}

function checkNode(cluster: Cluster, action: string, id: number | undefined): void {
  if (id === undefined || cluster.nodes[id]) return;
  throw faultError(
    action,
    `there is no broker ${id}: ids go from 0 to ${cluster.nodes.length - 1}`,
  );
}

function checkRuns(cluster: Cluster, action: string, id: number | undefined): number {
  if (id === undefined) throw faultError(action, "no other broker runs that could take it");
  checkNode(cluster, action, id);
  if (!cluster.nodes[id]?.isRunning) throw faultError(action, `broker ${id} is stopped`);
  return id;
}
