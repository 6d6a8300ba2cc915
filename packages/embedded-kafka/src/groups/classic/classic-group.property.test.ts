// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../../protocol/error-codes.ts";
import { seededRandom } from "../../protocol/random-message.testing.ts";
import { rebalanceTimeoutMs, request, sessionTimeoutMs, setUp } from "./classic-group.testing.ts";
import type { JoinResult, SyncResult } from "./member.ts";

/** A client that may do anything at any time, with what it last heard. */
interface Client {
  readonly instanceId: string | null;
  memberId: string;
  joined: JoinResult | undefined;
}

/** Plays members that join, synchronize, leave, die and come back at random. */
async function play(seed: number, steps: number) {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const initialRebalanceDelayMs = pick([0, 0, 3_000]);
  const { clock, group } = setUp({ initialRebalanceDelayMs });
  const clients: Client[] = Array.from({ length: 5 }, (_, at) => ({
    instanceId: at < 2 ? `s${at}` : null,
    memberId: "",
    joined: undefined,
  }));
  let waiting = 0;
  const joins: JoinResult[] = [];
  const answered = <T>(asked: T | Promise<T>, hear: (result: T) => void) => {
    waiting++;
    void Promise.resolve(asked).then((result) => {
      waiting--;
      hear(result);
    });
  };
  const join = (client: Client) => {
    const names = pick([["a"], ["a", "b"], ["b", "a"]]);
    const protocols = names.map((name) => ({ name, metadata: Buffer.from(pick(["x", "y"])) }));
    const groupInstanceId = client.instanceId;
    const requiresKnownId = random() < 0.5;
    const asked = request(client.memberId, { groupInstanceId, protocols, requiresKnownId });
    answered<JoinResult>(group.join(asked), (joined) => {
      if (joined.errorCode === errorCodes.NONE) {
        joins.push(joined);
        client.joined = joined;
        client.memberId = joined.memberId;
      } else if (joined.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
        client.memberId = joined.memberId;
      } else client.memberId = "";
    });
  };
  const sync = ({ instanceId, joined }: Client) => {
    if (!joined) return;
    const { memberId, generationId } = joined;
    const assignments = joined.members.map((member) => {
      return { memberId: member.memberId, assignment: Buffer.from(`${generationId}`) };
    });
    const unsaid = { groupInstanceId: instanceId, protocolType: null, protocolName: null };
    const asked = group.sync({ memberId, generationId, ...unsaid, assignments });
    answered<SyncResult>(asked, () => {});
  };
  const actions: ((client: Client) => void)[] = [
    join,
    join,
    sync,
    sync,
    ({ memberId, instanceId, joined }) =>
      group.heartbeat(memberId, instanceId, joined?.generationId ?? 0),
    ({ memberId, instanceId }) =>
      group.leave([{ memberId, groupInstanceId: instanceId, reason: null }]),
    (client) => {
      client.memberId = ""; // As after a crash.
    },
    () => clock.advance(pick([1, 1_000, sessionTimeoutMs])),
  ];
  const generations = [group.generation];
  for (let step = 0; step < steps; step++) {
    pick(actions)(pick(clients));
    await Promise.resolve();
    await Promise.resolve();
    generations.push(group.generation);
  }
  // Nobody sends anything more: all sessions end, and with them every wait.
  clock.advance(10 * rebalanceTimeoutMs + 600_000);
  await Promise.resolve();
  await Promise.resolve();
  return { waiting, joins, generations, state: group.state, members: group.members.size, clock };
}

test("ClassicGroup answers every request and has one leader a generation, whatever members do", async () => {
  let generationCount = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { waiting, joins, generations, state, members, clock } = await play(seed, 200);
    expect({ seed, waiting, state, members, timers: clock.timers }).toEqual({
      seed,
      waiting: 0,
      state: "Empty",
      members: 0,
      timers: 0,
    });
    expect(generations, `seed ${seed}`).toEqual([...generations].sort((a, b) => a - b));
    const leaders = new Set<string>();
    for (const { generationId, members: told, memberId } of joins) {
      // A static leader that starts anew leads on under another id.
      if (told.length > 0) leaders.add(`${generationId} ${memberId.replace(/^(s.)-.*/, "$1")}`);
    }
    const led = new Set([...leaders].map((leader) => leader.split(" ")[0]));
    expect(leaders.size, `seed ${seed}`).toBe(led.size);
    generationCount += led.size;
  }
  expect(generationCount).toBeGreaterThan(1_000);
});
