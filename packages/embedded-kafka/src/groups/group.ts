// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import {
  chooseProtocol,
  type JoinRequest,
  type JoinResult,
  type Member,
  offers,
  type SyncResult,
  sameProtocols,
} from "./member.ts";

/** As DescribeGroups names them. */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead";

const empty: Buffer = Buffer.alloc(0);
/** How long a new member that waits for others is kept although it cannot send heartbeats. */
const newMemberTimeoutMs = 300_000;

/**
 * One consumer group in the classic protocol: its members, generations and rebalances. Behaves as
 * Apache Kafka's classic group coordinator with group.initial.rebalance.delay.ms=0; a closed
 * connection means nothing, only the session timeout and LeaveGroup do.
 */
export class Group {
  readonly id: string;
  state: GroupState = "Empty";
  generation = 0;
  protocolType = "";
  protocolName = "";
  readonly members = new Map<string, Member>();
  readonly #clock: Clock;
  /** Member ids that were given out and not used yet (KIP-394), with what cancels their expiry. */
  readonly #pending = new Map<string, () => void>();
  #leader = "";
  #cancelRebalance = () => {};
  #cancelSync = () => {};

  constructor(id: string, clock: Clock) {
    this.id = id;
    this.#clock = clock;
  }

  /** Adds a member or takes it into the next generation; resolves when that has begun. */
  join(request: JoinRequest, newMemberId: () => string): Promise<JoinResult> {
    const refused = (errorCode: number, memberId = request.memberId) =>
      Promise.resolve(joinError(errorCode, memberId));
    if (this.state === "Dead") return refused(errorCodes.UNKNOWN_MEMBER_ID);
    const known = this.members.get(request.memberId);
    if (!known && request.memberId !== "" && !this.#pending.has(request.memberId)) {
      return refused(errorCodes.UNKNOWN_MEMBER_ID);
    }
    if (!this.#accepts(request)) return refused(errorCodes.INCONSISTENT_GROUP_PROTOCOL);
    if (!known && request.memberId === "" && request.requiresKnownId) {
      const memberId = newMemberId();
      this.#pending.set(
        memberId,
        this.#clock.after(request.sessionTimeoutMs, () => {
          this.#pending.delete(memberId);
          this.#completeJoinIfAllHere();
        }),
      );
      return refused(errorCodes.MEMBER_ID_REQUIRED, memberId);
    }
    const member = known ?? this.#add(request.memberId || newMemberId(), request);
    return new Promise((resolve) => this.#rejoin(member, request, known !== undefined, resolve));
  }

  /** Takes the leader's assignment; resolves with the member's own when the leader has sent it. */
  sync(
    memberId: string,
    generationId: number,
    assignments: readonly { memberId: string; assignment: Buffer }[],
  ): Promise<SyncResult> {
    const answer = (errorCode: number, assignment = empty) =>
      Promise.resolve({ errorCode, assignment });
    const errorCode = this.#checkMember(memberId, generationId);
    const member = this.members.get(memberId);
    if (errorCode !== errorCodes.NONE || !member) return answer(errorCode);
    if (this.state === "PreparingRebalance") return answer(errorCodes.REBALANCE_IN_PROGRESS);
    this.#keepAlive(member);
    if (this.state === "Stable") return answer(errorCodes.NONE, member.assignment);
    return new Promise((resolve) => {
      member.onSynced?.({ errorCode: errorCodes.REBALANCE_IN_PROGRESS, assignment: empty });
      member.onSynced = resolve;
      if (memberId === this.#leader) this.#assign(assignments);
    });
  }

  /** Keeps a member's session alive. Returns an error code. */
  heartbeat(memberId: string, generationId: number): number {
    const errorCode = this.#checkMember(memberId, generationId);
    const member = this.members.get(memberId);
    if (errorCode !== errorCodes.NONE || !member) return errorCode;
    this.#keepAlive(member);
    return this.state === "PreparingRebalance" ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
  }

  /** Takes a member out at once. Returns an error code. */
  leave(memberId: string): number {
    const cancelPending = this.#pending.get(memberId);
    if (cancelPending) {
      cancelPending();
      this.#pending.delete(memberId);
      this.#completeJoinIfAllHere();
      return errorCodes.NONE;
    }
    const member = this.members.get(memberId);
    if (!member) return errorCodes.UNKNOWN_MEMBER_ID;
    this.#remove(member);
    return errorCodes.NONE;
  }

  /** Whether this member may commit offsets now. Returns an error code. */
  checkCommit(memberId: string, generationId: number): number {
    // A consumer that assigns partitions to itself has no member id and no generation.
    if (generationId < 0 && memberId === "" && this.members.size === 0) return errorCodes.NONE;
    const errorCode = this.#checkMember(memberId, generationId);
    const member = this.members.get(memberId);
    if (errorCode !== errorCodes.NONE || !member) return errorCode;
    this.#keepAlive(member);
    return this.state === "CompletingRebalance"
      ? errorCodes.REBALANCE_IN_PROGRESS
      : errorCodes.NONE;
  }

  /** What the member said about itself to the strategy in use. */
  metadataOf(member: Member): Buffer {
    return member.protocols.find(({ name }) => name === this.protocolName)?.metadata ?? empty;
  }

  /** Stops all timers. Nobody is answered any more. */
  close(): void {
    this.state = "Dead";
    this.#cancelRebalance();
    this.#cancelSync();
    for (const cancel of this.#pending.values()) cancel();
    for (const member of this.members.values()) member.cancelSession();
  }

  #checkMember(memberId: string, generationId: number): number {
    if (!this.members.has(memberId)) return errorCodes.UNKNOWN_MEMBER_ID;
    return generationId === this.generation ? errorCodes.NONE : errorCodes.ILLEGAL_GENERATION;
  }

  #accepts({ protocolType, protocols, memberId }: JoinRequest): boolean {
    if (protocols.length === 0 || protocolType === "") return false;
    const others = [...this.members.values()].filter((member) => member.id !== memberId);
    if (others.length === 0) return this.members.size === 0 || protocolType === this.protocolType;
    return (
      protocolType === this.protocolType &&
      protocols.some(({ name }) => others.every((member) => offers(member, name)))
    );
  }

  #add(id: string, request: JoinRequest): Member {
    this.#pending.get(id)?.();
    this.#pending.delete(id);
    const member: Member = {
      id,
      clientId: request.clientId,
      clientHost: request.clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      protocols: request.protocols,
      assignment: empty,
      isNew: true,
      onJoined: undefined,
      onSynced: undefined,
      cancelSession: () => {},
    };
    if (this.members.size === 0) {
      this.protocolType = request.protocolType;
      this.#leader = id;
    }
    this.members.set(id, member);
    return member;
  }

  #rejoin(
    member: Member,
    request: JoinRequest,
    wasMember: boolean,
    onJoined: (result: JoinResult) => void,
  ): void {
    const isSame = sameProtocols(member.protocols, request.protocols);
    // A member that asks again, since the answer was lost, must not upset the others.
    const isRepeated =
      wasMember &&
      isSame &&
      (this.state === "CompletingRebalance" ||
        (this.state === "Stable" && member.id !== this.#leader));
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    if (isRepeated) {
      this.#keepAlive(member);
      onJoined(this.#joined(member));
      return;
    }
    // Its earlier connection is gone, most likely; whoever waits there must not wait for ever.
    member.onJoined?.(joinError(errorCodes.REBALANCE_IN_PROGRESS, member.id));
    member.onJoined = onJoined;
    this.#keepAlive(member);
    if (this.state === "PreparingRebalance") this.#completeJoinIfAllHere();
    else this.#prepareRebalance();
  }

  #prepareRebalance(): void {
    const wasEmpty = this.state === "Empty";
    if (this.state === "CompletingRebalance") {
      for (const member of this.members.values()) {
        member.assignment = empty;
        this.#answerSync(member, errorCodes.REBALANCE_IN_PROGRESS);
      }
    }
    this.#cancelSync();
    this.state = "PreparingRebalance";
    this.#cancelRebalance();
    this.#cancelRebalance = this.#clock.after(this.#rebalanceTimeoutMs(), () => {
      this.#completeJoin();
    });
    if (wasEmpty) this.#completeJoin();
    else this.#completeJoinIfAllHere();
  }

  #completeJoinIfAllHere(): void {
    if (this.state !== "PreparingRebalance" || this.#pending.size > 0) return;
    for (const member of this.members.values()) if (!member.onJoined) return;
    this.#completeJoin();
  }

  #completeJoin(): void {
    this.#cancelRebalance();
    for (const member of this.members.values()) {
      if (member.onJoined) continue;
      member.cancelSession();
      this.members.delete(member.id);
    }
    this.generation = this.generation === 0x7fffffff ? 1 : this.generation + 1;
    if (this.members.size === 0) {
      this.state = "Empty";
      this.protocolName = "";
      this.#leader = "";
      return;
    }
    this.state = "CompletingRebalance";
    this.protocolName = chooseProtocol([...this.members.values()]);
    if (!this.members.has(this.#leader)) this.#leader = firstKey(this.members);
    for (const member of this.members.values()) {
      member.isNew = false;
      const { onJoined } = member;
      member.onJoined = undefined;
      this.#keepAlive(member);
      onJoined?.(this.#joined(member));
    }
    // Who joined and then does not ask for its assignment holds everybody up.
    this.#cancelSync = this.#clock.after(this.#rebalanceTimeoutMs(), () => {
      const missing = [...this.members.values()].filter((member) => !member.onSynced);
      for (const member of missing) this.#remove(member);
    });
  }

  #joined(member: Member): JoinResult {
    return {
      errorCode: errorCodes.NONE,
      generationId: this.generation,
      protocolName: this.protocolName,
      leader: this.#leader,
      memberId: member.id,
      members:
        member.id === this.#leader
          ? [...this.members.values()].map((other) => ({
              memberId: other.id,
              metadata: this.metadataOf(other),
            }))
          : [],
    };
  }

  #assign(assignments: readonly { memberId: string; assignment: Buffer }[]): void {
    this.#cancelSync();
    this.state = "Stable";
    const byMember = new Map(assignments.map((entry) => [entry.memberId, entry.assignment]));
    for (const member of this.members.values()) {
      // Copied, since what was read shares memory with the whole request.
      member.assignment = Buffer.from(byMember.get(member.id) ?? empty);
      this.#answerSync(member, errorCodes.NONE);
    }
  }

  #answerSync(member: Member, errorCode: number): void {
    const { onSynced } = member;
    member.onSynced = undefined;
    onSynced?.({ errorCode, assignment: member.assignment });
    if (onSynced) this.#keepAlive(member);
  }

  /** Starts the member's session anew. */
  #keepAlive(member: Member): void {
    member.cancelSession();
    const waits = member.isNew ? newMemberTimeoutMs : member.sessionTimeoutMs;
    member.cancelSession = this.#clock.after(waits, () => {
      // A member that waits for our answer cannot send heartbeats.
      const waitsForUs = member.onJoined !== undefined || member.onSynced !== undefined;
      if (waitsForUs && !member.isNew) this.#keepAlive(member);
      else this.#remove(member);
    });
  }

  #remove(member: Member): void {
    if (this.members.get(member.id) !== member) return;
    member.cancelSession();
    this.members.delete(member.id);
    member.onJoined?.(joinError(errorCodes.UNKNOWN_MEMBER_ID, member.id));
    member.onSynced?.({ errorCode: errorCodes.UNKNOWN_MEMBER_ID, assignment: empty });
    if (member.id === this.#leader) this.#leader = firstKey(this.members);
    if (this.state === "Stable" || this.state === "CompletingRebalance") this.#prepareRebalance();
    else this.#completeJoinIfAllHere();
  }

  #rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeoutMs));
  }
}

function joinError(errorCode: number, memberId: string): JoinResult {
  return { errorCode, generationId: -1, protocolName: "", leader: "", memberId, members: [] };
}

function firstKey(members: ReadonlyMap<string, Member>): string {
  for (const id of members.keys()) return id;
  return "";
}
