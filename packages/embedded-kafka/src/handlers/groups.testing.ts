// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RawClient } from "../raw-client.testing.ts";

/** A JoinGroup of a consumer. */
export function joinOf(groupId: string, memberId: string, sessionTimeoutMs = 10_000) {
  return {
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: 60_000,
    memberId,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Buffer.from("000000000001000174ffffffff", "hex") }],
  };
}

/** Joins as a client does: asks for an id, then comes with it. */
export async function joinAs(client: RawClient, groupId: string) {
  const { memberId } = await client.call("joinGroup", 9, joinOf(groupId, ""));
  return client.call("joinGroup", 9, joinOf(groupId, memberId));
}

/** What a member of such a group takes it to be. */
export const named = { protocolType: "consumer", protocolName: "range" };

/** What a consumer is told that partition 0 of "t" is assigned to. */
export const assignment = Buffer.from("0000000000010001740000000100000000ffffffff", "hex");

/** Joins a group in which nobody else is and assigns to itself. */
export async function enterAlone(client: RawClient, groupId: string) {
  const { memberId, generationId } = await joinAs(client, groupId);
  const assignments = [{ memberId, assignment }];
  const member = { groupId, memberId, generationId };
  await client.call("syncGroup", 5, { ...member, ...named, assignments });
  return member;
}

/** Offsets of partition 0 of a topic, as OffsetCommit has them. */
export function offsetOf(name: string, committedOffset: bigint, changes: object = {}) {
  const partition = { index: 0, committedOffset, committedMetadata: "", ...changes };
  return { name, partitions: [partition] };
}
