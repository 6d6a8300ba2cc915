// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** One of the assignment strategies that a member offers, with what it says about itself. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** What a member asks with JoinGroup. */
export interface JoinRequest {
  /** Empty for one that is not a member yet. */
  readonly memberId: string;
  /** Of a static member (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** Why it joins (KIP-800). */
  readonly reason: string | null;
  /** Whether one that is not a member yet must come back with the id that it is given (KIP-394). */
  readonly requiresKnownId: boolean;
  /** Whether it may lead a generation without assigning anything (KIP-814). */
  readonly supportsSkipping: boolean;
}

/** What JoinGroup answers. */
export interface JoinResult {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  /** Whether the leader has nothing to assign (KIP-814). */
  readonly skipAssignment: boolean;
  readonly memberId: string;
  /** For the leader only. */
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

/** What a member asks with SyncGroup. */
export interface SyncRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
  /** What the member takes the group's to be (KIP-559); null when it does not say. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

/** What SyncGroup answers. */
export interface SyncResult {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

/** A member of a classic group. */
export interface Member {
  readonly id: string;
  readonly groupInstanceId: string | null;
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

/** A member without request, assignment and session. */
export function makeMember(
  id: string,
  request: Omit<Member, "id" | "assignment" | "isNew" | "onJoined" | "onSynced" | "cancelSession">,
): Member {
  return {
    id,
    groupInstanceId: request.groupInstanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    assignment: Buffer.alloc(0),
    isNew: true,
    onJoined: undefined,
    onSynced: undefined,
    cancelSession: () => {},
  };
}

/** What the member says about itself to a strategy. */
export function metadataOf(member: Member, protocolName: string): Buffer {
  const found = member.protocols.find(({ name }) => name === protocolName);
  return found?.metadata ?? Buffer.alloc(0);
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

/** Answers a JoinGroup that waits. */
export function answerJoin(member: Member, result: JoinResult): void {
  const { onJoined } = member;
  member.onJoined = undefined;
  onJoined?.(result);
}

/** Answers a SyncGroup that waits. Returns whether one did. */
export function answerSync(member: Member, result: SyncResult): boolean {
  const { onSynced } = member;
  member.onSynced = undefined;
  onSynced?.(result);
  return onSynced !== undefined;
}

/** What JoinGroup answers when it fails. */
export function joinError(errorCode: number, memberId: string): JoinResult {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: "",
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** What SyncGroup answers when it fails. */
export function syncError(errorCode: number): SyncResult {
  return { errorCode, protocolType: null, protocolName: null, assignment: Buffer.alloc(0) };
}
