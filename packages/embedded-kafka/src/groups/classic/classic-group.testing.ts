// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ManualClock } from "../../manual-clock.testing.ts";
import { ClassicGroup, type ClassicGroupOptions } from "./classic-group.ts";
import type { JoinRequest, JoinResult, SyncRequest } from "./member.ts";
import type { StoredClassicGroup } from "./stored-classic-group.ts";

export const sessionTimeoutMs = 10_000;
export const rebalanceTimeoutMs = 30_000;

/** A JoinGroup of the latest version. */
export function request(memberId = "", changes: Partial<JoinRequest> = {}): JoinRequest {
  return {
    memberId,
    groupInstanceId: null,
    clientId: "m",
    clientHost: "127.0.0.1",
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: subscriptionTo("t") }],
    reason: null,
    requiresKnownId: false,
    supportsSkipping: true,
    ...changes,
  };
}

/** What a consumer says about itself. */
export function subscriptionTo(...topics: string[]): Buffer {
  const names = topics.map((topic) =>
    Buffer.from(`\0${String.fromCharCode(topic.length)}${topic}`),
  );
  const noUserData = Buffer.alloc(4, 0xff);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, topics.length]), ...names, noUserData]);
}

/** A group on a clock that stands still, whose members are m-1, m-2 and so on. */
export function setUp(options: Partial<ClassicGroupOptions> = {}) {
  const clock = new ManualClock();
  const saved: StoredClassicGroup[] = [];
  let ids = 0;
  const whole: ClassicGroupOptions = {
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    home: { save: (group) => saved.push(JSON.parse(JSON.stringify(group.stored()))) },
    initialRebalanceDelayMs: 0,
    makeUuid: () => `${++ids}`,
    ...options,
  };
  const group = new ClassicGroup("g", whole);
  const join = async (asked: JoinRequest) => group.join(asked);
  const sync = async (joined: JoinResult, changes: Partial<SyncRequest> = {}) => {
    const assignments = joined.members.map(({ memberId }) => {
      return { memberId, assignment: Buffer.from(`for ${memberId}`) };
    });
    const { memberId, generationId } = joined;
    const unsaid = { groupInstanceId: null, protocolType: null, protocolName: null };
    return group.sync({ memberId, generationId, ...unsaid, assignments, ...changes });
  };
  return {
    clock,
    group,
    join,
    sync,
    saved,
    heartbeat: (id: string, generation: number) => group.heartbeat(id, null, generation),
    leave: (memberId: string, groupInstanceId: string | null = null) =>
      group.leave([{ memberId, groupInstanceId, reason: null }])[0],
    commit: (memberId: string, generation: number) => {
      const who = { memberId, groupInstanceId: null, isTransactional: false, version: 9 };
      return group.checkCommit({ ...who, generation });
    },
    memberIds: () => [...group.members].map(({ id }) => id),
    /** What a restart makes of it. */
    restart: () => {
      group.close();
      const restored = new ClassicGroup("g", whole, saved.at(-1));
      restored.activate();
      return restored;
    },
    /** Makes it a stable group of two. */
    pair: async (changes: Partial<JoinRequest> = {}) => {
      const first = await join(request("", changes));
      await sync(first);
      const second = join(request("", changes));
      const rejoined = await join(request(first.memberId, changes));
      const joined = await second;
      await Promise.all([sync(rejoined), sync(joined)]);
      return { leader: rejoined.memberId, follower: joined.memberId };
    },
  };
}
