// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ConsumerMember, isReconciled, newMember } from "./consumer-member.ts";
import { type GroupState, ownersOf, withMember, withReplaced, withTargets } from "./group-state.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { checkReleased, findCurrent, staticMember } from "./member-checks.ts";
import { keysOf } from "./partition-key.ts";
import { reconcile } from "./reconcile.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What a heartbeat makes of a group and of the member. */
export interface Update {
  readonly state: GroupState;
  /** The member before; undefined for one that has just entered. */
  readonly before: ConsumerMember | undefined;
  readonly member: ConsumerMember;
}

/**
 * What becomes of a group by a heartbeat, or why it is refused: the member is taken in or updated; a
 * change of subscriptions or topics makes a new group epoch; a new epoch makes new targets; and the
 * member is brought a step nearer to its own.
 */
export function updateGroup(
  group: GroupState,
  heartbeat: Heartbeat,
  subscriptions: Subscriptions,
): Update | Refusal {
  const found = heartbeat.memberEpoch === 0 ? enter(group, heartbeat) : stay(group, heartbeat);
  if (isRefusal(found)) return found;
  const told = update(found.member, heartbeat);
  const hasSubscribed = !isSameSubscription(found.member, told);
  const problem = hasSubscribed ? subscriptions.check(told) : undefined;
  if (problem) return problem;
  let state = told === found.member ? found.state : withMember(found.state, told);
  const topics = subscriptions.fingerprint(state.members);
  if (hasSubscribed || topics !== state.fingerprint) {
    state = { ...state, epoch: state.epoch + 1, fingerprint: topics };
  }
  if (state.epoch > state.assignmentEpoch) state = withTargets(state, subscriptions);
  const member = reconcileIn(state, told, heartbeat, subscriptions);
  if (member !== state.members.get(member.id)) state = withMember(state, member);
  return { state, before: found.before, member };
}

type Found = Update | Refusal;

function stay(state: GroupState, heartbeat: Heartbeat): Found {
  const member = findCurrent(state, heartbeat);
  return isRefusal(member) ? member : { state, before: member, member };
}

function enter(state: GroupState, heartbeat: Heartbeat): Found {
  const { memberId, instanceId } = heartbeat;
  const former = staticMember(state, instanceId);
  const there = state.members.get(memberId);
  if (!former && there) return { state, before: there, member: there };
  if (!former) {
    const member = newMember(memberId);
    return { state: withMember(state, member), before: undefined, member };
  }
  const problem = checkReleased(former, heartbeat);
  if (problem) return problem;
  const member = { ...former, id: memberId, epoch: 0, previousEpoch: 0 };
  return { state: withReplaced(state, former, member), before: undefined, member };
}

/** The members that are left without those of these ids: they take over at their next heartbeats. */
export function removeMembers(
  state: GroupState,
  memberIds: readonly string[],
  subscriptions: Subscriptions,
): GroupState {
  const members = new Map(state.members);
  const targets = new Map(state.targets);
  for (const id of memberIds) {
    members.delete(id);
    targets.delete(id);
  }
  const topics = subscriptions.fingerprint(members);
  return { ...state, epoch: state.epoch + 1, fingerprint: topics, members, targets };
}

/** The member with what its heartbeat tells of it; the same one when that is nothing new. */
function update(member: ConsumerMember, heartbeat: Heartbeat): ConsumerMember {
  const { topicNames, rebalanceTimeoutMs } = heartbeat;
  const told = {
    ...member,
    instanceId: heartbeat.instanceId ?? member.instanceId,
    rackId: heartbeat.rackId ?? member.rackId,
    clientId: heartbeat.clientId,
    clientHost: heartbeat.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topicNames: topicNames ? [...new Set(topicNames)].sort() : member.topicNames,
    topicRegex: heartbeat.topicRegex ?? member.topicRegex,
    serverAssignor: heartbeat.serverAssignor ?? member.serverAssignor,
  };
  return isSameMember(member, told) ? member : told;
}

function isSameSubscription(a: ConsumerMember, b: ConsumerMember): boolean {
  return a.topicRegex === b.topicRegex && a.topicNames.join() === b.topicNames.join();
}

function isSameMember(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    isSameSubscription(a, b) &&
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.serverAssignor === b.serverAssignor
  );
}

function reconcileIn(
  state: GroupState,
  member: ConsumerMember,
  { owned }: Heartbeat,
  subscriptions: Subscriptions,
): ConsumerMember {
  if (isReconciled(member, state.assignmentEpoch)) return member;
  const owners = ownersOf(state);
  return reconcile(member, {
    epoch: state.assignmentEpoch,
    target: state.targets.get(member.id) ?? new Set(),
    topicIds: new Set(subscriptions.topicsOf(member).map(({ id }) => id)),
    isTaken: (key) => (owners.get(key) ?? member.id) !== member.id,
    owned: owned ? keysOf(owned) : undefined,
  });
}
