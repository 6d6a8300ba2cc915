// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../logger.ts";
import { errorCodes } from "../../protocol/error-codes.ts";
import type { Committer, CoordinatedGroup, GroupHome, GroupSummary } from "../group-kind.ts";
import { assignedPartitions, subscribedTopics } from "./consumer-protocol.ts";
import {
  answerJoin,
  answerSync,
  type JoinRequest,
  type JoinResult,
  joinError,
  type Member,
  makeMember,
  metadataOf,
  type SyncRequest,
  type SyncResult,
  sameProtocols,
  syncError,
} from "./member.ts";
import { Members } from "./members.ts";
import {
  fromStoredMember,
  type StoredClassicGroup,
  toStoredMember,
} from "./stored-classic-group.ts";

/** As DescribeGroups names them. */
export type ClassicState =
  | "Empty"
  | "PreparingRebalance"
  | "CompletingRebalance"
  | "Stable"
  | "Dead";

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

/**
 * One group in the classic protocol, in which a member assigns partitions: its members, generations
 * and rebalances. A closed connection means nothing, only the session timeout and LeaveGroup do.
 * As on Kafka it is saved when it gets stable, gets empty, and when a static member is replaced: a
 * restart in mid rebalance finds the generation before it.
 */
export class ClassicGroup implements CoordinatedGroup {
  readonly kind = "classic";
  readonly id: string;
  readonly members = new Members();
  state: ClassicState = "Empty";
  generation = 0;
  /** Empty as long as it never had a member. */
  protocolType = "";
  protocolName = "";
  readonly #options: ClassicGroupOptions;
  /** Member ids that were given out and not used yet (KIP-394), with what cancels their expiry. */
  readonly #pending = new Map<string, () => void>();
  /** Ids of members that have not asked for the assignment of this generation. */
  readonly #unsynced = new Set<string>();
  #stateSinceMs: number;
  /** Whether the rebalance is the first since the group was empty, which waits for more members. */
  #isInitial = false;
  #hasNewMember = false;
  /** Topics of all members; undefined when they are not known. */
  #topics: ReadonlySet<string> | undefined;
  #cancelJoin = () => {};
  #cancelSync = () => {};

  constructor(id: string, options: ClassicGroupOptions, stored?: StoredClassicGroup) {
    this.id = id;
    this.#options = options;
    this.#stateSinceMs = stored?.stateSinceMs ?? options.clock.now();
    if (!stored) return;
    this.generation = stored.generation;
    this.protocolType = stored.protocolType;
    this.protocolName = stored.protocolName;
    for (const member of stored.members) this.members.add(fromStoredMember(member));
    this.members.leader = stored.leader;
    if (this.members.size > 0) this.state = "Stable";
    this.#topics = this.#topicsOfMembers();
  }

  get isEmpty(): boolean {
    return this.state === "Empty";
  }

  /** Adds a member or takes it into the next generation; resolves when that has begun. */
  join(request: JoinRequest): JoinResult | Promise<JoinResult> {
    if (!this.#accepts(request)) {
      return joinError(errorCodes.INCONSISTENT_GROUP_PROTOCOL, request.memberId);
    }
    if (request.memberId === "") return this.#joinNew(request);
    if (this.#pending.has(request.memberId)) return this.#add(request.memberId, request);
    const errorCode = this.members.check(request.memberId, request.groupInstanceId);
    const member = this.members.get(request.memberId);
    return member && errorCode === errorCodes.NONE
      ? this.#rejoin(member, request)
      : joinError(errorCode, request.memberId, null);
  }

  /** Takes the leader's assignment; resolves with the member's own when the leader has sent it. */
  sync(request: SyncRequest): SyncResult | Promise<SyncResult> {
    const errorCode = this.#checkSync(request);
    const member = this.members.get(request.memberId);
    if (errorCode !== errorCodes.NONE || !member) return syncError(errorCode);
    if (this.state === "PreparingRebalance") return syncError(errorCodes.REBALANCE_IN_PROGRESS);
    this.#unsynced.delete(member.id);
    if (this.#unsynced.size === 0) this.#cancelSync();
    if (this.state === "Stable") return this.#synced(member);
    return new Promise((resolve) => {
      answerSync(member, syncError(errorCodes.REBALANCE_IN_PROGRESS));
      member.onSynced = resolve;
      if (member.id === this.members.leader) this.#assign(request.assignments);
    });
  }

  /** Keeps a member's session alive. Returns an error code. */
  heartbeat(memberId: string, groupInstanceId: string | null, generationId: number): number {
    const errorCode = this.#checkMember(memberId, groupInstanceId, generationId);
    const member = this.members.get(memberId);
    if (errorCode !== errorCodes.NONE || !member) return errorCode;
    this.#keepAlive(member);
    return this.state === "PreparingRebalance" ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
  }

  /**
   * Takes members out at once: a static one also by its instance id alone, as an administrator does
   * (KIP-345). Returns an error code for each.
   */
  leave(
    leaving: readonly {
      readonly memberId: string;
      readonly groupInstanceId: string | null;
      readonly reason: string | null;
    }[],
  ): number[] {
    const results = leaving.map(({ memberId, groupInstanceId }) => {
      if (this.#drop(memberId)) return errorCodes.NONE;
      const byInstance = memberId === "" ? this.members.getStatic(groupInstanceId) : undefined;
      const member = byInstance ?? this.members.get(memberId);
      const errorCode = this.members.check(member?.id ?? memberId, groupInstanceId);
      if (member && errorCode === errorCodes.NONE) this.#remove(member);
      return errorCode;
    });
    const left = leaving.filter((_, at) => results[at] === errorCodes.NONE);
    if (left.length > 0 && !this.isEmpty) {
      this.#rebalanceOrComplete(
        `left: ${left.map(({ memberId, reason }) => `${memberId} (${reason ?? "no reason given"})`)}`,
      );
    }
    return results;
  }

  checkCommit(committer: Committer): number {
    const { memberId, groupInstanceId, generation, isTransactional } = committer;
    if (generation < 0 && this.state === "Empty") return errorCodes.NONE;
    const isAnonymous = generation < 0 && memberId === "" && groupInstanceId === null;
    if (isAnonymous) return isTransactional ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID;
    const errorCode = this.#checkMember(memberId, groupInstanceId, generation);
    if (errorCode !== errorCodes.NONE || isTransactional) return errorCode;
    if (this.state === "CompletingRebalance") return errorCodes.REBALANCE_IN_PROGRESS;
    const member = this.members.get(memberId);
    if (member) this.#keepAlive(member);
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
    return this.#topics?.has(topic) ?? this.protocolType === "consumer";
  }

  retainedSinceMs(committedAtMs: number): number | undefined {
    if (this.protocolType === "") return committedAtMs;
    if (this.isEmpty) return this.#stateSinceMs;
    const isKnown = this.protocolType === "consumer" && this.#topics !== undefined;
    return isKnown && this.state === "Stable" ? committedAtMs : undefined;
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
      stateSinceMs: this.#stateSinceMs,
      members: [...this.members].map(toStoredMember),
    };
  }

  activate(): void {
    for (const member of this.members) this.#keepAlive(member);
  }

  close(errorCode?: number): void {
    this.state = "Dead";
    this.#cancelJoin();
    this.#cancelSync();
    for (const cancel of this.#pending.values()) cancel();
    for (const member of this.members) {
      member.cancelSession();
      if (errorCode === undefined) continue;
      answerJoin(member, joinError(errorCode, member.id));
      answerSync(member, syncError(errorCode));
    }
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

  #checkSync({ memberId, groupInstanceId, generationId, ...given }: SyncRequest): number {
    const errorCode = this.#checkMember(memberId, groupInstanceId, generationId);
    if (errorCode !== errorCodes.NONE) return errorCode;
    const isOther = (asked: string | null, own: string) =>
      asked !== null && own !== "" && asked !== own;
    return isOther(given.protocolType, this.protocolType) ||
      isOther(given.protocolName, this.protocolName)
      ? errorCodes.INCONSISTENT_GROUP_PROTOCOL
      : errorCodes.NONE;
  }

  #joinNew(request: JoinRequest): JoinResult | Promise<JoinResult> {
    const { groupInstanceId, clientId, requiresKnownId } = request;
    const { makeUuid = randomUUID } = this.#options;
    const memberId = `${groupInstanceId ?? clientId}-${makeUuid()}`;
    const replaced = this.members.getStatic(groupInstanceId);
    if (replaced) return this.#replace(replaced, memberId, request);
    if (groupInstanceId !== null || !requiresKnownId) return this.#add(memberId, request);
    this.#pending.set(
      memberId,
      this.#options.clock.after(request.sessionTimeoutMs, () => {
        this.#pending.delete(memberId);
        this.#completeIfAllHere();
      }),
    );
    return joinError(errorCodes.MEMBER_ID_REQUIRED, memberId);
  }

  #add(memberId: string, request: JoinRequest): Promise<JoinResult> {
    this.#drop(memberId);
    const member = makeMember(memberId, request);
    if (this.members.size === 0) this.protocolType = request.protocolType;
    if (this.state === "PreparingRebalance" && this.#isInitial) this.#hasNewMember = true;
    this.members.add(member);
    this.#keepAlive(member, newMemberTimeoutMs);
    return new Promise((resolve) => {
      member.onJoined = resolve;
      this.#rebalanceOrComplete(`${memberId} joins (${request.reason ?? "no reason given"})`);
    });
  }

  #rejoin(member: Member, request: JoinRequest): JoinResult | Promise<JoinResult> {
    const isSame = sameProtocols(member.protocols, request.protocols);
    const isLeader = member.id === this.members.leader;
    // A member that asks again, since the answer was lost, must not upset the others.
    if (this.state === "CompletingRebalance" && isSame) return this.#joined(member);
    if (this.state === "Stable" && isSame && !isLeader) return this.#joined(member);
    return new Promise((resolve) => {
      this.#update(member, request, resolve);
      this.#rebalanceOrComplete(
        `${member.id} joins again (${request.reason ?? "no reason given"})`,
      );
    });
  }

  /** Gives the place of a static member to one that starts anew with its instance id (KIP-345). */
  #replace(
    replaced: Member,
    memberId: string,
    request: JoinRequest,
  ): JoinResult | Promise<JoinResult> {
    const formerLeader = this.members.leader;
    answerJoin(replaced, joinError(errorCodes.FENCED_INSTANCE_ID, replaced.id, null));
    answerSync(replaced, syncError(errorCodes.FENCED_INSTANCE_ID));
    const member = this.members.replace(replaced, memberId);
    if (this.#unsynced.delete(replaced.id)) this.#unsynced.add(memberId);
    this.#keepAlive(member);
    return new Promise((resolve) => {
      this.#update(member, request, resolve);
      const keepsProtocol = this.members.chooseProtocol() === this.protocolName;
      if (this.state !== "Stable" || !keepsProtocol) {
        return this.#rebalanceOrComplete(`static member ${request.groupInstanceId} is replaced`);
      }
      if (!this.#save()) return answerJoin(member, joinError(errorCodes.NOT_COORDINATOR, ""));
      // Who cannot skip the assignment is told the former leader, lest it assign as one.
      const skips = request.supportsSkipping && this.members.leader === memberId;
      answerJoin(member, {
        ...this.#joined(member),
        ...(request.supportsSkipping
          ? { skipAssignment: skips }
          : { leader: formerLeader, members: [] }),
      });
    });
  }

  #update(member: Member, request: JoinRequest, onJoined: (result: JoinResult) => void): void {
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    // Its earlier connection is gone, most likely; whoever waits there must not wait for ever.
    answerJoin(member, joinError(errorCodes.REBALANCE_IN_PROGRESS, member.id));
    member.onJoined = onJoined;
  }

  #rebalanceOrComplete(reason: string): void {
    if (this.state !== "PreparingRebalance") this.#prepareRebalance(reason);
    else if (!this.#isInitial) this.#completeIfAllHere();
  }

  #prepareRebalance(reason: string): void {
    const { logger, initialRebalanceDelayMs } = this.#options;
    logger.debug(`Group '${this.id}' rebalances after generation ${this.generation}: ${reason}`);
    if (this.state === "CompletingRebalance") {
      this.#answerSyncs(errorCodes.REBALANCE_IN_PROGRESS);
    }
    this.#unsynced.clear();
    this.#cancelSync();
    this.#isInitial = this.state === "Empty";
    this.#enter("PreparingRebalance");
    if (this.#isInitial) {
      const leftMs = Math.max(this.members.rebalanceTimeoutMs - initialRebalanceDelayMs, 0);
      this.#awaitMore(initialRebalanceDelayMs, leftMs);
    } else if (!this.#completeIfAllHere()) this.#awaitJoins();
  }

  /** Gives members of a new group time to come, each time that one has come, so as to rebalance once. */
  #awaitMore(delayMs: number, leftMs: number): void {
    if (delayMs === 0) {
      this.#completeJoin();
      return;
    }
    this.#cancelJoin = this.#options.clock.after(delayMs, () => {
      const waitsOn = this.#hasNewMember && leftMs > 0;
      const nextMs = waitsOn ? Math.min(this.#options.initialRebalanceDelayMs, leftMs) : 0;
      this.#hasNewMember = false;
      this.#awaitMore(nextMs, Math.max(leftMs - delayMs, 0));
    });
  }

  #awaitJoins(): void {
    this.#cancelJoin();
    this.#cancelJoin = this.#options.clock.after(this.members.rebalanceTimeoutMs, () => {
      this.#completeJoin();
    });
  }

  #completeIfAllHere(): boolean {
    const isComplete =
      this.state === "PreparingRebalance" && this.#pending.size === 0 && this.members.haveJoined;
    if (isComplete) this.#completeJoin();
    return isComplete;
  }

  #completeJoin(): void {
    this.#cancelJoin();
    this.#hasNewMember = false;
    // Static members keep their place until their session is over.
    for (const member of [...this.members]) {
      if (!member.onJoined && member.groupInstanceId === null) this.#remove(member);
    }
    if (this.members.size > 0 && !this.members.electJoined()) {
      this.#awaitJoins();
      return;
    }
    this.generation++;
    this.protocolName = this.members.chooseProtocol();
    this.#topics = this.#topicsOfMembers();
    if (this.members.size === 0) {
      this.#enter("Empty");
      this.#save();
      return;
    }
    this.#enter("CompletingRebalance");
    for (const member of this.members) {
      member.isNew = false;
      this.#unsynced.add(member.id);
      this.#keepAlive(member);
      answerJoin(member, this.#joined(member));
    }
    // Who joined and then does not ask for its assignment holds everybody up.
    this.#cancelSync = this.#options.clock.after(this.members.rebalanceTimeoutMs, () => {
      const missing = [...this.members].filter(({ id }) => this.#unsynced.has(id));
      for (const member of missing) this.#remove(member);
      if (missing.length > 0) this.#prepareRebalance(`${missing.length} did not synchronize`);
    });
  }

  #assign(assignments: SyncRequest["assignments"]): void {
    const byMember = new Map(assignments.map((entry) => [entry.memberId, entry.assignment]));
    for (const member of this.members) {
      // Copied, since what was read shares memory with the whole request.
      member.assignment = Buffer.from(byMember.get(member.id) ?? []);
    }
    this.#enter("Stable");
    if (this.#save()) {
      this.#answerSyncs(errorCodes.NONE);
      return;
    }
    this.#enter("CompletingRebalance");
    this.#answerSyncs(errorCodes.NOT_COORDINATOR);
    this.#prepareRebalance("the assignment cannot be saved");
  }

  #answerSyncs(errorCode: number): void {
    for (const member of this.members) {
      if (errorCode !== errorCodes.NONE) member.assignment = Buffer.alloc(0);
      const result = errorCode === errorCodes.NONE ? this.#synced(member) : syncError(errorCode);
      if (answerSync(member, result)) this.#keepAlive(member);
    }
  }

  #joined(member: Member): JoinResult {
    const { generation, protocolType, protocolName, members } = this;
    const isLeader = member.id === members.leader;
    return {
      errorCode: errorCodes.NONE,
      generationId: generation,
      protocolType,
      protocolName,
      leader: members.leader,
      skipAssignment: false,
      memberId: member.id,
      members: [...(isLeader ? members : [])].map((other) => ({
        memberId: other.id,
        groupInstanceId: other.groupInstanceId,
        metadata: metadataOf(other, protocolName),
      })),
    };
  }

  #synced({ assignment }: Member): SyncResult {
    const { protocolType, protocolName } = this;
    return { errorCode: errorCodes.NONE, protocolType, protocolName, assignment };
  }

  /** Starts the member's session anew. */
  #keepAlive(member: Member, timeoutMs = member.sessionTimeoutMs): void {
    member.cancelSession();
    member.cancelSession = this.#options.clock.after(timeoutMs, () => {
      // A member that waits for an answer cannot send heartbeats: its session begins with that.
      if (!member.isNew && (member.onJoined || member.onSynced)) return;
      this.#remove(member);
      if (this.state === "PreparingRebalance") this.#completeIfAllHere();
      else this.#prepareRebalance(`the session of ${member.id} is over`);
    });
  }

  #remove(member: Member): void {
    this.members.remove(member);
    this.#unsynced.delete(member.id);
    answerJoin(member, joinError(errorCodes.UNKNOWN_MEMBER_ID, ""));
    answerSync(member, syncError(errorCodes.UNKNOWN_MEMBER_ID));
  }

  /** Forgets an id that was given out and not used. Returns whether there was one. */
  #drop(memberId: string): boolean {
    this.#pending.get(memberId)?.();
    return this.#pending.delete(memberId);
  }

  #enter(state: ClassicState): void {
    this.state = state;
    this.#stateSinceMs = this.#options.clock.now();
  }

  #topicsOfMembers(): ReadonlySet<string> | undefined {
    if (this.protocolType !== "consumer") return undefined;
    const topics = new Set<string>();
    for (const member of this.members) {
      const subscribed = subscribedTopics(metadataOf(member, this.protocolName));
      if (!subscribed) return undefined;
      for (const topic of subscribed) topics.add(topic);
    }
    return topics;
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
