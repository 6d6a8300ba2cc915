// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import { errorCodes } from "../../protocol/error-codes.ts";
import { subscribedTopics } from "./consumer-protocol.ts";
import {
  answerJoin,
  answerSync,
  type JoinResult,
  joinError,
  type Member,
  metadataOf,
  type SyncRequest,
  type SyncResult,
  syncError,
} from "./member.ts";
import { Members } from "./members.ts";
import { PendingMembers } from "./pending-members.ts";

/** As DescribeGroups names them. */
export type ClassicState =
  | "Empty"
  | "PreparingRebalance"
  | "CompletingRebalance"
  | "Stable"
  | "Dead";

/** Options of {@link Rebalance}. */
export interface RebalanceOptions {
  readonly clock: Clock;
  /** How long the first generation waits for more members. */
  readonly initialRebalanceDelayMs: number;
  /** Saves the group, when it gets stable or empty. Returns whether that could be done. */
  readonly save: () => boolean;
  /** Told why a rebalance begins. */
  readonly onBegin: (reason: string) => void;
}

/**
 * The members of a classic group and how they get from one generation to the next: all of them join
 * (PreparingRebalance), all get what the leader assigns (CompletingRebalance), then it is Stable.
 */
export class Rebalance {
  readonly members = new Members();
  readonly pending: PendingMembers;
  state: ClassicState = "Empty";
  stateSinceMs: number;
  generation = 0;
  /** Empty as long as there never was a member. */
  protocolType = "";
  protocolName = "";
  /** Topics to which the members subscribe; undefined when that is not known. */
  topics: ReadonlySet<string> | undefined;
  readonly #options: RebalanceOptions;
  /** Ids of members that have not asked for their assignment in this generation. */
  readonly #unsynced = new Set<string>();
  /** Whether this is the first since the group was empty, which waits for more members. */
  #isInitial = false;
  #hasNewMember = false;
  #cancelJoin = () => {};
  #cancelSync = () => {};

  constructor(options: RebalanceOptions) {
    this.#options = options;
    this.pending = new PendingMembers(options.clock);
    this.stateSinceMs = options.clock.now();
  }

  /** Takes a member in, whose JoinGroup then waits. */
  add(member: Member, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    if (this.state === "PreparingRebalance" && this.#isInitial) this.#hasNewMember = true;
    this.members.add(member);
  }

  /** Takes a member out and answers what waits. */
  remove(member: Member): void {
    this.members.remove(member);
    this.#unsynced.delete(member.id);
    answerJoin(member, joinError(errorCodes.UNKNOWN_MEMBER_ID, ""));
    answerSync(member, syncError(errorCodes.UNKNOWN_MEMBER_ID));
  }

  /** Gives a static member's place to a new id (KIP-345). Returns who has it then. */
  replace(replaced: Member, memberId: string): Member {
    answerJoin(replaced, joinError(errorCodes.FENCED_INSTANCE_ID, replaced.id));
    answerSync(replaced, syncError(errorCodes.FENCED_INSTANCE_ID));
    if (this.#unsynced.delete(replaced.id)) this.#unsynced.add(memberId);
    return this.members.replace(replaced, memberId);
  }

  /** Begins a rebalance; one under way may end with that. */
  request(reason: string): void {
    if (this.state !== "PreparingRebalance") this.#prepare(reason);
    else this.completeIfAllHere();
  }

  /** Ends the joining when nobody is missed; a first one takes its time. Returns whether it has. */
  completeIfAllHere(): boolean {
    const isComplete =
      this.state === "PreparingRebalance" &&
      !this.#isInitial &&
      this.pending.isEmpty &&
      this.members.haveJoined;
    if (isComplete) this.#completeJoin();
    return isComplete;
  }

  /** Notes that a member has asked for its assignment. */
  noteSync(member: Member): void {
    this.#unsynced.delete(member.id);
    if (this.#unsynced.size === 0) this.#cancelSync();
  }

  /** Gives each member what the leader has for it. */
  assign(assignments: SyncRequest["assignments"]): void {
    const byMember = new Map(assignments.map((entry) => [entry.memberId, entry.assignment]));
    for (const member of this.members) {
      // Copied, since what was read shares memory with the whole request.
      member.assignment = Buffer.from(byMember.get(member.id) ?? []);
    }
    this.#enter("Stable");
    if (this.#options.save()) {
      this.#answerSyncs(errorCodes.NONE);
      return;
    }
    this.#enter("CompletingRebalance");
    this.#answerSyncs(errorCodes.NOT_COORDINATOR);
    this.#prepare("the assignment cannot be saved");
  }

  /** Starts the member's session anew. */
  keepAlive(member: Member, timeoutMs = member.sessionTimeoutMs): void {
    member.cancelSession();
    member.cancelSession = this.#options.clock.after(timeoutMs, () => {
      // A member that waits for an answer cannot send heartbeats: its session begins with that.
      if (!member.isNew && (member.onJoined || member.onSynced)) return;
      this.remove(member);
      if (this.state === "PreparingRebalance") this.completeIfAllHere();
      else this.#prepare(`the session of ${member.id} is over`);
    });
  }

  /** What JoinGroup answers to a member of this generation. */
  joined(member: Member): JoinResult {
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

  /** What SyncGroup answers to a member of this generation. */
  synced({ assignment }: Member): SyncResult {
    const { protocolType, protocolName } = this;
    return { errorCode: errorCodes.NONE, protocolType, protocolName, assignment };
  }

  /** Learns from the members to which topics they subscribe. */
  readTopics(): void {
    this.topics = undefined;
    if (this.protocolType !== "consumer") return;
    const topics = [...this.members].map((member) =>
      subscribedTopics(metadataOf(member, this.protocolName)),
    );
    if (topics.every((each) => each !== undefined)) this.topics = new Set(topics.flat());
  }

  /** Stops all timers and answers those that wait with the error code, if there is one. */
  close(errorCode: number | undefined): void {
    this.state = "Dead";
    this.#cancelJoin();
    this.#cancelSync();
    this.pending.close();
    for (const member of this.members) {
      member.cancelSession();
      if (errorCode === undefined) continue;
      answerJoin(member, joinError(errorCode, member.id));
      answerSync(member, syncError(errorCode));
    }
  }

  #prepare(reason: string): void {
    this.#options.onBegin(reason);
    if (this.state === "CompletingRebalance") {
      this.#answerSyncs(errorCodes.REBALANCE_IN_PROGRESS);
    }
    this.#unsynced.clear();
    this.#cancelSync();
    this.#isInitial = this.state === "Empty";
    this.#enter("PreparingRebalance");
    if (this.#isInitial) {
      const { initialRebalanceDelayMs } = this.#options;
      const leftMs = Math.max(this.members.rebalanceTimeoutMs - initialRebalanceDelayMs, 0);
      this.#awaitMore(initialRebalanceDelayMs, leftMs);
    } else if (!this.completeIfAllHere()) this.#awaitJoins();
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

  #completeJoin(): void {
    this.#cancelJoin();
    this.#hasNewMember = false;
    // Static members keep their place until their session is over.
    for (const member of [...this.members]) {
      if (!member.onJoined && member.groupInstanceId === null) this.remove(member);
    }
    if (this.members.size > 0 && !this.members.electJoined()) {
      this.#awaitJoins();
      return;
    }
    this.generation++;
    this.protocolName = this.members.chooseProtocol();
    this.readTopics();
    if (this.members.size === 0) {
      this.#enter("Empty");
      this.#options.save();
      return;
    }
    this.#enter("CompletingRebalance");
    for (const member of this.members) {
      member.isNew = false;
      this.#unsynced.add(member.id);
      this.keepAlive(member);
      answerJoin(member, this.joined(member));
    }
    this.#awaitSyncs();
  }

  /** Who joined and then does not ask for its assignment would hold everybody up. */
  #awaitSyncs(): void {
    this.#cancelSync = this.#options.clock.after(this.members.rebalanceTimeoutMs, () => {
      const missing = [...this.members].filter(({ id }) => this.#unsynced.has(id));
      for (const member of missing) this.remove(member);
      if (missing.length > 0) this.#prepare(`${missing.length} did not ask for their assignment`);
    });
  }

  #answerSyncs(errorCode: number): void {
    for (const member of this.members) {
      if (errorCode !== errorCodes.NONE) member.assignment = Buffer.alloc(0);
      const result = errorCode === errorCodes.NONE ? this.synced(member) : syncError(errorCode);
      if (answerSync(member, result)) this.keepAlive(member);
    }
  }

  #enter(state: ClassicState): void {
    this.state = state;
    this.stateSinceMs = this.#options.clock.now();
  }
}
