// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Member, makeMember } from "./member.ts";

/** A classic group as it is saved: with its members when it is stable, else without. */
export interface StoredClassicGroup {
  readonly generation: number;
  readonly protocolType: string;
  readonly protocolName: string;
  readonly leader: string;
  readonly stateSinceMs: number;
  readonly members: readonly StoredMember[];
}

interface StoredMember {
  readonly id: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Names with metadata in base64. */
  readonly protocols: readonly (readonly [name: string, metadata: string])[];
  /** In base64. */
  readonly assignment: string;
}

export function toStoredMember(member: Member): StoredMember {
  const { id, groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } =
    member;
  return {
    id,
    groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols: member.protocols.map(({ name, metadata }) => [name, metadata.toString("base64")]),
    assignment: member.assignment.toString("base64"),
  };
}

export function fromStoredMember(stored: StoredMember): Member {
  const protocols = stored.protocols.map(([name, metadata]) => {
    return { name, metadata: Buffer.from(metadata, "base64") };
  });
  return {
    ...makeMember(stored.id, { ...stored, protocols }),
    isNew: false,
    assignment: Buffer.from(stored.assignment, "base64"),
  };
}
