// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../../protocol/error-codes.ts";
import { awayEpoch, type ConsumerMember } from "./consumer-member.ts";
import type { GroupState } from "./group-state.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { keysOf } from "./partition-key.ts";
import { isRefusal, type Refusal, refusal } from "./refusal.ts";

/** Who asks: a member by its id, and by that of its instance if it is a static one. */
export interface Asker {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | null;
}

/** The member that asks, or why it is none. */
export function findMember(state: GroupState, asker: Asker): ConsumerMember | Refusal {
  const { groupId, memberId, instanceId } = asker;
  if (instanceId !== null) return findStatic(state, memberId, instanceId);
  const message = `Member ${memberId} is not a member of group ${groupId}.`;
  return state.members.get(memberId) ?? refusal(errorCodes.UNKNOWN_MEMBER_ID, message);
}

function findStatic(state: GroupState, memberId: string, instanceId: string) {
  const member = staticMember(state, instanceId);
  if (!member) {
    return refusal(errorCodes.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
  }
  if (member.id === memberId) return member;
  return refusal(
    errorCodes.FENCED_INSTANCE_ID,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.id}.`,
  );
}

/** The member of an instance; undefined when there is none. */
export function staticMember(
  { members }: GroupState,
  instanceId: string | null,
): ConsumerMember | undefined {
  if (instanceId === null) return undefined;
  return [...members.values()].find((member) => member.instanceId === instanceId);
}

/** The member that goes on, or why it must enter anew. */
export function findCurrent(state: GroupState, heartbeat: Heartbeat): ConsumerMember | Refusal {
  const member = findMember(state, heartbeat);
  if (isRefusal(member)) return member;
  const { memberEpoch: told } = heartbeat;
  if (told === member.epoch) return member;
  // The answer with the newer epoch may have been lost.
  const { owned } = heartbeat;
  const mayHaveMissed =
    told === member.previousEpoch &&
    told < member.epoch &&
    owned !== null &&
    keysOf(owned).every((key) => member.assigned.has(key));
  if (mayHaveMissed) return member;
  return refusal(
    errorCodes.FENCED_MEMBER_EPOCH,
    `The consumer group member has a ${told > member.epoch ? "greater" : "smaller"} member epoch ` +
      `(${told}) than the one known by the group coordinator (${member.epoch}). ` +
      "The member must abandon all its partitions and rejoin.",
  );
}

/** Why an instance cannot be entered by a member: another one is there; undefined when none is. */
export function checkReleased(
  member: ConsumerMember,
  { memberId, instanceId }: Heartbeat,
): Refusal | undefined {
  if (member.epoch === awayEpoch) return undefined;
  return refusal(
    errorCodes.UNRELEASED_INSTANCE_ID,
    `Static member ${memberId} with instance id ${instanceId} cannot join the group because the ` +
      `instance id is owned by ${member.id} member.`,
  );
}
