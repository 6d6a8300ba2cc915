// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { javaHash } from "../../java-hash.ts";
import { errorCodes } from "../../protocol/error-codes.ts";
import { type Member, type MemberProtocol, makeMember, offers } from "./member.ts";

/** The members of a classic group, and who of them leads it. */
export class Members {
  readonly #members = new Map<string, Member>();
  /** Ids of the static members by their instance ids (KIP-345). */
  readonly #staticIds = new Map<string, string>();
  /** Id of the leader; empty when there is none. */
  leader = "";

  get size(): number {
    return this.#members.size;
  }

  get(memberId: string): Member | undefined {
    return this.#members.get(memberId);
  }

  /** The static member that has the instance id. */
  getStatic(groupInstanceId: string | null): Member | undefined {
    const memberId = groupInstanceId === null ? undefined : this.#staticIds.get(groupInstanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.values();
  }

  /** Who asks must be a member, and the one that has its instance id. Returns an error code. */
  check(memberId: string, groupInstanceId: string | null): number {
    if (groupInstanceId !== null) {
      const staticId = this.#staticIds.get(groupInstanceId);
      if (staticId === undefined) return errorCodes.UNKNOWN_MEMBER_ID;
      if (staticId !== memberId) return errorCodes.FENCED_INSTANCE_ID;
    }
    return this.#members.has(memberId) ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID;
  }

  /** Adds a member; the first one leads. */
  add(member: Member): void {
    this.#members.set(member.id, member);
    if (member.groupInstanceId !== null) this.#staticIds.set(member.groupInstanceId, member.id);
    if (this.leader === "") this.leader = member.id;
  }

  /** Takes a member out and ends its session. */
  remove(member: Member): void {
    member.cancelSession();
    this.#members.delete(member.id);
    if (member.groupInstanceId !== null) this.#staticIds.delete(member.groupInstanceId);
    if (this.leader === member.id) this.leader = this.#members.keys().next().value ?? "";
  }

  /** Gives a static member's place and its assignment to a new id, also that of the leader. */
  replace(member: Member, memberId: string): Member {
    const replacement = { ...makeMember(memberId, member), isNew: false };
    replacement.assignment = member.assignment;
    const led = this.leader === member.id;
    this.remove(member);
    this.add(replacement);
    if (led) this.leader = memberId;
    return replacement;
  }

  /** Whether all of them have joined the next generation. */
  get haveJoined(): boolean {
    for (const { onJoined } of this) if (!onJoined) return false;
    return true;
  }

  /** Makes one that has joined the leader if the leader has not. Returns whether anyone has. */
  electJoined(): boolean {
    if (this.get(this.leader)?.onJoined) return true;
    for (const { id, onJoined } of this) {
      if (!onJoined) continue;
      this.leader = id;
      return true;
    }
    return false;
  }

  /** Whether every one of them offers one of the strategies. */
  support(protocols: readonly MemberProtocol[]): boolean {
    return protocols.some(({ name }) => [...this].every((member) => offers(member, name)));
  }

  /**
   * Of the strategies that all members offer, the one that most of them like best. Between two that
   * as many like, Kafka takes that which a HashMap of Java has first.
   */
  chooseProtocol(): string {
    const members = [...this];
    const votes = new Map<string, number>();
    for (const { protocols } of members) {
      const liked = protocols.find(({ name }) => members.every((member) => offers(member, name)));
      if (liked) votes.set(liked.name, (votes.get(liked.name) ?? 0) + 1);
    }
    const inOrder = [...votes].sort(([a], [b]) => javaBucket(a) - javaBucket(b));
    return inOrder.reduce((best, vote) => (vote[1] > best[1] ? vote : best), ["", 0])[0];
  }

  /** The longest that any of them asks for. */
  get rebalanceTimeoutMs(): number {
    // Not 0: a wait that ends at once and begins again would never let go.
    return Math.max(1, ...[...this].map((member) => member.rebalanceTimeoutMs));
  }
}

/** Place in a HashMap of up to 12 strings. */
function javaBucket(text: string): number {
  const hash = javaHash(text);
  return (hash ^ (hash >>> 16)) & 15;
}
