// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { type ApiId, apis, type RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { enterAlone, joinOf, named, offsetOf } from "./groups.testing.ts";

type Asked = { [N in ApiId]?: (member: Member) => Partial<RequestOf<N>> };
interface Member {
  groupId: string;
  memberId: string;
  generationId: number;
}

const idOf = (topicId: Buffer) => ({ topicId, name: "t" });

/** What a member of a group, or somebody who gives himself out for one, asks of its coordinator. */
function requests(topicId: Buffer): Asked {
  const topics = [{ ...offsetOf("t", 5n), topicId }];
  const wanted = { ...idOf(topicId), partitions: [0, 7] };
  return {
    joinGroup: ({ groupId, memberId }) => joinOf(groupId, memberId) as never,
    syncGroup: (member) => ({ ...member, ...named, assignments: [] }),
    heartbeat: (member) => member,
    offsetCommit: (member) => ({ ...member, topics }) as never,
    offsetFetch: ({ groupId }) =>
      ({ groupId, topics: [wanted], groups: [{ groupId, topics: [wanted] }] }) as never,
    offsetDelete: ({ groupId }) => ({
      groupId,
      topics: [{ name: "t", partitions: [{ index: 0 }] }],
    }),
    describeGroups: ({ groupId }) => ({ groups: [groupId], includeAuthorizedOperations: true }),
    listGroups: () => ({ statesFilter: ["stable"], typesFilter: ["Classic"] }),
    deleteGroups: ({ groupId }) => ({ groupNames: [groupId] }),
    leaveGroup: ({ groupId, memberId }) =>
      ({
        groupId,
        memberId,
        members: [{ memberId, groupInstanceId: null, reason: "done" }],
      }) as never,
  };
}

test("every version of every request about groups is answered, to members and to strangers", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const made = { name: "t", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await client.call("createTopics", 7, { topics: [made], timeoutMs: 1_000 });
  const strange = { groupId: "nowhere", memberId: "nobody", generationId: 3 };
  const asked = requests(topics[0]?.topicId as Buffer);
  for (const [name, request] of Object.entries(asked) as [ApiId, (member: Member) => never][]) {
    const [from, to] = apis[name].versions;
    expect(apis[name].served, name).toEqual([from, to]);
    for (let version = from; version <= to; version++) {
      const member = await enterAlone(client, `${name}-${version}`);
      for (const who of [member, strange]) {
        const answer = await client.call(name, version, request(who));
        expect(answer, `${name} ${version}`).toMatchObject({ throttleTimeMs: 0 });
      }
    }
  }
});

test("a stranger is refused by the same error in every version, and by nothing else", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const stranger = { groupId: "nowhere", memberId: "nobody", generationId: 3 };
  const codes = async <T>(versions: number, ask: (version: number) => Promise<T>) => {
    const found = new Set<T>();
    for (let version = 0; version <= versions; version++) found.add(await ask(version));
    return [...found];
  };
  const members = [{ memberId: "nobody", groupInstanceId: null }];
  expect({
    join: await codes(9, async (version) => {
      const { errorCode } = await client.call("joinGroup", version, joinOf("nowhere", "nobody"));
      return errorCode;
    }),
    sync: await codes(5, async (version) => {
      const { errorCode } = await client.call("syncGroup", version, {
        ...stranger,
        ...named,
        assignments: [],
      });
      return errorCode;
    }),
    heartbeat: await codes(4, async (version) => {
      return (await client.call("heartbeat", version, stranger)).errorCode;
    }),
    leave: await codes(5, async (version) => {
      const answer = await client.call("leaveGroup", version, { ...stranger, members });
      return version < 3 ? answer.errorCode : answer.members[0]?.errorCode;
    }),
  }).toEqual({
    join: [errorCodes.UNKNOWN_MEMBER_ID],
    sync: [errorCodes.UNKNOWN_MEMBER_ID],
    heartbeat: [errorCodes.UNKNOWN_MEMBER_ID],
    leave: [errorCodes.UNKNOWN_MEMBER_ID],
  });
});
