// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../logger.ts";
import { errorCodes } from "../../protocol/error-codes.ts";
import type { Committer, CoordinatedGroup, GroupHome, GroupSummary } from "../group-kind.ts";
import { assignedPartitions } from "./consumer-protocol.ts";
import {
  answerJoin,
  answerSync,
  type JoinRequest,
  type JoinResult,
  joinError,
  type Member,
  makeMember,
  type SyncRequest,
  type SyncResult,
  sameProtocols,
  syncError,
} from "./member.ts";
import type { Members } from "./members.ts";
import { type ClassicState, Rebalance } from "./rebalance.ts";
import {
  fromStoredMember,
  type StoredClassicGroup,
  toStoredMember,
} from "./stored-classic-group.ts";

/** How long a new member that waits for others is kept although it cannot send heartbeats. */
const newMemberTimeoutMs = 300_000;

/** Options of {@link ClassicGroup}. */
export interface ClassicGroupOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly home: GroupHome;
  /** How long the first generation waits for more members. */
  readonly initialRebalanceDelayMs: number;
  /** Ends the ids of members. Default: random UUIDs. */
  readonly makeUuid?: () => string;
}

/** Somebody who leaves: a static member also by its instance id alone (KIP-345). */
export interface Leaver {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Why (KIP-800). */
  readonly reason: string | null;
}

/**
 * One group in the classic protocol, in which a member assigns the partitions. A closed connection
 * means nothing to it, only the session timeout and LeaveGroup do. As on Kafka it is saved when it
 * gets stable, gets empty, and when a static member is replaced: a restart in mid rebalance finds
 * the generation before it.
 */
export class ClassicGroup implements CoordinatedGroup {
  readonly kind = "classic";
  readonly id: string;
  readonly #options: ClassicGroupOptions;
  readonly #rebalance: Rebalance;

  constructor(id: string, options: ClassicGroupOptions, stored?: StoredClassicGroup) {
    this.id = id;
    this.#options = options;
    this.#rebalance = new Rebalance({
      ...options,
      save: () => this.#save(),
      onBegin: (reason) => {
        options.logger.debug(`Group '${id}' leaves generation ${this.generation}: ${reason}`);
      },
    });
    if (stored) this.#restore(stored);
  }

  get state(): ClassicState {
    return this.#rebalance.state;
  }

  get isEmpty(): boolean {
    return this.state === "Empty";
  }

  get generation(): number {
    return this.#rebalance.generation;
  }

  /** Empty as long as it never had a member. */
  get protocolType(): string {
    return this.#rebalance.protocolType;
  }

  get protocolName(): string {
    return this.#rebalance.protocolName;
  }

  get members(): Members {
    return this.#rebalance.members;
  }

  /** Adds a member or takes it into the next generation; resolves when that has begun. */
  join(request: JoinRequest): JoinResult | Promise<JoinResult> {
    const { memberId, groupInstanceId } = request;
    if (!this.#accepts(request)) {
      return joinError(errorCodes.INCONSISTENT_GROUP_PROTOCOL, memberId);
    }
    if (memberId === "") return this.#joinNew(request);
    const isExpected = groupInstanceId === null && this.#rebalance.pending.has(memberId);
    if (isExpected) return this.#add(memberId, request);
    const errorCode = this.members.check(memberId, groupInstanceId);
    const member = this.members.get(memberId);
    return member && errorCode === errorCodes.NONE
      ? this.#rejoin(member, request)
      : joinError(errorCode, memberId);
  }

  /** Takes the leader's assignment; resolves with the member's own when the leader has sent it. */
  sync(request: SyncRequest): SyncResult | Promise<SyncResult> {
    const errorCode = this.#checkSync(request);
    const member = this.members.get(request.memberId);
    if (errorCode !== errorCodes.NONE || !member) return syncError(errorCode);
    if (this.state === "PreparingRebalance") return syncError(errorCodes.REBALANCE_IN_PROGRESS);
    this.#rebalance.noteSync(member);
    if (this.state === "Stable") return this.#rebalance.synced(member);
    return new Promise((resolve) => {
      answerSync(member, syncError(errorCodes.REBALANCE_IN_PROGRESS));
      member.onSynced = resolve;
      if (member.id === this.members.leader) this.#rebalance.assign(request.assignments);
    });
  }

  /** Keeps a member's session alive. Returns an error code. */
  heartbeat(memberId: string, groupInstanceId: string | null, generationId: number): number {
    const errorCode = this.#checkMember(memberId, groupInstanceId, generationId);
    const member = this.members.get(memberId);
    if (errorCode !== errorCodes.NONE || !member) return errorCode;
    this.#rebalance.keepAlive(member);
    return this.state === "PreparingRebalance" ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
  }

  /** Takes members out at once. Returns an error code for each. */
  leave(leavers: readonly Leaver[]): number[] {
    const codes = leavers.map((leaver) => this.#leave(leaver));
    const left = leavers.filter((_, at) => codes[at] === errorCodes.NONE);
    if (left.length > 0 && !this.isEmpty) {
      const names = left.map(({ memberId, reason }) => `${memberId} leaves${why(reason)}`);
      this.#rebalance.request(names.join(", "));
    }
    return codes;
  }

  checkCommit(committer: Committer): number {
    const { memberId, groupInstanceId, generation, isTransactional } = committer;
    if (generation < 0 && this.isEmpty) return errorCodes.NONE;
    const isAnonymous = generation < 0 && memberId === "" && groupInstanceId === null;
    if (isAnonymous) return isTransactional ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID;
    const errorCode = this.#checkMember(memberId, groupInstanceId, generation);
    if (errorCode !== errorCodes.NONE || isTransactional) return errorCode;
    if (this.state === "CompletingRebalance") return errorCodes.REBALANCE_IN_PROGRESS;
    const member = this.members.get(memberId);
    if (member) this.#rebalance.keepAlive(member);
    return errorCodes.NONE;
  }

  checkFetch(): number {
    return errorCodes.NONE;
  }

  checkOffsetDelete(): number {
    return this.isEmpty || this.protocolType === "consumer"
      ? errorCodes.NONE
      : errorCodes.NON_EMPTY_GROUP;
  }

  isSubscribedTo(topic: string): boolean {
    return this.#rebalance.topics?.has(topic) ?? this.protocolType === "consumer";
  }

  retainedSinceMs(committedAtMs: number): number | undefined {
    if (this.protocolType === "") return committedAtMs;
    if (this.isEmpty) return this.#rebalance.stateSinceMs;
    return this.state === "Stable" && this.#rebalance.topics ? committedAtMs : undefined;
  }

  summary(): GroupSummary {
    const { kind, id, state, protocolType, protocolName, generation } = this;
    const members = [...this.members].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      assignment: protocolType === "consumer" ? assignedPartitions(member.assignment) : undefined,
    }));
    return { kind, id, state, protocolType, protocolName, generation, members };
  }

  stored(): StoredClassicGroup {
    return {
      generation: this.generation,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leader: this.members.leader,
      stateSinceMs: this.#rebalance.stateSinceMs,
      members: [...this.members].map(toStoredMember),
    };
  }

  activate(): void {
    for (const member of this.members) this.#rebalance.keepAlive(member);
  }

  close(errorCode?: number): void {
    this.#rebalance.close(errorCode);
  }

  #accepts({ protocolType, protocols }: JoinRequest): boolean {
    if (this.isEmpty) return protocolType !== "" && protocols.length > 0;
    return protocolType === this.protocolType && this.members.support(protocols);
  }

  #checkMember(memberId: string, groupInstanceId: string | null, generationId: number): number {
    const errorCode = this.members.check(memberId, groupInstanceId);
    if (errorCode !== errorCodes.NONE) return errorCode;
    return generationId === this.generation ? errorCodes.NONE : errorCodes.ILLEGAL_GENERATION;
  }

  #checkSync({ memberId, groupInstanceId, generationId, ...taken }: SyncRequest): number {
    const errorCode = this.#checkMember(memberId, groupInstanceId, generationId);
    if (errorCode !== errorCodes.NONE) return errorCode;
    const isOther = (asked: string | null, own: string) =>
      asked !== null && own !== "" && asked !== own;
    return isOther(taken.protocolType, this.protocolType) ||
      isOther(taken.protocolName, this.protocolName)
      ? errorCodes.INCONSISTENT_GROUP_PROTOCOL
      : errorCodes.NONE;
  }

  #joinNew(request: JoinRequest): JoinResult | Promise<JoinResult> {
    const { groupInstanceId, clientId, requiresKnownId, sessionTimeoutMs } = request;
    const { makeUuid = randomUUID } = this.#options;
    const memberId = `${groupInstanceId ?? clientId}-${makeUuid()}`;
    const replaced = this.members.getStatic(groupInstanceId);
    if (replaced) return this.#replace(replaced, memberId, request);
    if (groupInstanceId !== null || !requiresKnownId) return this.#add(memberId, request);
    this.#rebalance.pending.add(memberId, sessionTimeoutMs, () => {
      this.#rebalance.completeIfAllHere();
    });
    return joinError(errorCodes.MEMBER_ID_REQUIRED, memberId);
  }

  #add(memberId: string, request: JoinRequest): Promise<JoinResult> {
    const member = makeMember(memberId, request);
    this.#rebalance.pending.delete(memberId);
    this.#rebalance.add(member, request.protocolType);
    this.#rebalance.keepAlive(member, newMemberTimeoutMs);
    return new Promise((resolve) => {
      member.onJoined = resolve;
      this.#rebalance.request(`${memberId} joins${why(request.reason)}`);
    });
  }

  #rejoin(member: Member, request: JoinRequest): JoinResult | Promise<JoinResult> {
    const isSame = sameProtocols(member.protocols, request.protocols);
    const isFollower = member.id !== this.members.leader;
    // A member that asks again, since the answer was lost, must not upset the others.
    if (
      isSame &&
      (this.state === "CompletingRebalance" || (this.state === "Stable" && isFollower))
    ) {
      return this.#rebalance.joined(member);
    }
    return new Promise((resolve) => {
      update(member, request, resolve);
      this.#rebalance.request(`${member.id} joins again${why(request.reason)}`);
    });
  }

  /** Gives the place of a static member to one that starts anew with its instance id (KIP-345). */
  #replace(replaced: Member, memberId: string, request: JoinRequest): Promise<JoinResult> {
    const formerLeader = this.members.leader;
    const member = this.#rebalance.replace(replaced, memberId);
    return new Promise((resolve) => {
      update(member, request, resolve);
      this.#rebalance.keepAlive(member);
      const keepsProtocol = this.members.chooseProtocol() === this.protocolName;
      if (this.state !== "Stable" || !keepsProtocol) {
        this.#rebalance.request(`${memberId} replaces ${replaced.id}${why(request.reason)}`);
        return;
      }
      if (!this.#save()) {
        answerJoin(member, joinError(errorCodes.NOT_COORDINATOR, ""));
        return;
      }
      const joined = this.#rebalance.joined(member);
      const leads = this.members.leader === memberId;
      // Who cannot skip the assignment is told the former leader, lest it assign as one.
      const answer = request.supportsSkipping
        ? { skipAssignment: leads }
        : { leader: formerLeader, members: [] };
      answerJoin(member, { ...joined, ...answer });
    });
  }

  #leave({ memberId, groupInstanceId }: Leaver): number {
    if (this.#rebalance.pending.delete(memberId)) return errorCodes.NONE;
    const byInstance = memberId === "" ? this.members.getStatic(groupInstanceId) : undefined;
    const member = byInstance ?? this.members.get(memberId);
    const errorCode = this.members.check(member?.id ?? memberId, groupInstanceId);
    if (member && errorCode === errorCodes.NONE) this.#rebalance.remove(member);
    return errorCode;
  }

  #restore(stored: StoredClassicGroup): void {
    const rebalance = this.#rebalance;
    rebalance.generation = stored.generation;
    rebalance.protocolType = stored.protocolType;
    rebalance.protocolName = stored.protocolName;
    rebalance.stateSinceMs = stored.stateSinceMs;
    for (const member of stored.members) rebalance.members.add(fromStoredMember(member));
    rebalance.members.leader = stored.leader;
    if (rebalance.members.size > 0) rebalance.state = "Stable";
    rebalance.readTopics();
  }

  /** Returns whether it could be saved. */
  #save(): boolean {
    try {
      this.#options.home.save(this);
      return true;
    } catch (error) {
      this.#options.logger.warn(`Cannot save group '${this.id}'`, { error: String(error) });
      return false;
    }
  }
}

/** Makes a member what it asks to be; its JoinGroup then waits. */
function update(
  member: Member,
  request: JoinRequest,
  onJoined: (result: JoinResult) => void,
): void {
  member.protocols = request.protocols;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  // Its earlier connection is gone, most likely; whoever waits there must not wait for ever.
  answerJoin(member, joinError(errorCodes.REBALANCE_IN_PROGRESS, member.id));
  member.onJoined = onJoined;
}

function why(reason: string | null): string {
  return reason === null ? "" : ` (${reason})`;
}
