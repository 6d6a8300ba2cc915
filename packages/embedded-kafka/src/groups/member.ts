// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** One of the assignment strategies that a member offers, with what it says about itself. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** What a member asks with JoinGroup. */
export interface JoinRequest {
  readonly memberId: string;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** Whether an unknown member must come back with the id that it is given (KIP-394). */
  readonly requiresKnownId: boolean;
}

/** What JoinGroup answers. Only the leader gets the members. */
export interface JoinResult {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolName: string;
  readonly leader: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[];
}

/** What SyncGroup answers. */
export interface SyncResult {
  readonly errorCode: number;
  readonly assignment: Buffer;
}

/** A member as DescribeGroups shows it. */
export interface Member {
  readonly id: string;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Buffer;
  /** Whether it has never been in a generation. */
  isNew: boolean;
  /** Answers its JoinGroup, when one waits. */
  onJoined: ((result: JoinResult) => void) | undefined;
  /** Answers its SyncGroup, when one waits. */
  onSynced: ((result: SyncResult) => void) | undefined;
  cancelSession: () => void;
}

/** Whether the member can work by the strategy. */
export function offers(member: Member, protocolName: string): boolean {
  return member.protocols.some(({ name }) => name === protocolName);
}

/** Whether two offers are the same to the byte. */
export function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, metadata }, at) => {
      return name === b[at]?.name && metadata.equals(b[at].metadata);
    })
  );
}

/** Of the strategies that all members offer, the one that most of them like best. */
export function chooseProtocol(members: readonly Member[]): string {
  const votes = new Map<string, number>();
  for (const { protocols } of members) {
    const liked = protocols.find(({ name }) => members.every((member) => offers(member, name)));
    if (liked) votes.set(liked.name, (votes.get(liked.name) ?? 0) + 1);
  }
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), ["", 0])[0];
}
