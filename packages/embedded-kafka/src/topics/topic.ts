// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Placed } from "../cluster/placement.ts";
import type { LogConfig } from "../log/log-config.ts";
import type { PartitionLog } from "../log/partition-log.ts";
import { logConfigOf } from "./topic-configs.ts";

/** A partition: its log, and the nodes that may lead it. */
export interface Partition extends Placed {
  readonly log: PartitionLog;
}

/** A topic and its partitions. */
export interface Topic {
  /** Its UUID (KIP-516), 16 bytes in base64url: it tells topics of the same name apart. */
  readonly id: string;
  /** The same as it is on the wire. */
  readonly idBytes: Buffer;
  readonly name: string;
  /** Those that were set. */
  readonly configs: Readonly<Record<string, string>>;
  /** What they ask of the partitions' logs. */
  readonly logConfig: LogConfig;
  /** In-sync replicas that a producer with acks=all needs, if the topic has as many replicas. */
  readonly minInSyncReplicas: number;
  readonly partitions: Partition[];
}

/** What a change of configs changes. */
type Configured = Pick<Topic, "configs" | "logConfig" | "minInSyncReplicas">;

/** What follows from the configs that were set for a topic and from defaults, which are valid. */
export function configured(
  configs: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
): Configured {
  const all = { ...defaults, ...configs };
  return {
    configs,
    logConfig: logConfigOf(all),
    minInSyncReplicas: Number(all["min.insync.replicas"] ?? 1),
  };
}
