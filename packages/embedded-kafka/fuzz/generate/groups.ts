// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Operation, Ref } from "../operation.ts";
import {
  type ChainGenerator,
  chain,
  type Dice,
  type Generator,
  groups,
  operation,
  topics,
} from "./dice.ts";
import { topicOf } from "./records.ts";

const slots = ["0", "1", "2"] as const;

/** A member: of which group, under which name, by which connection. */
interface Someone {
  readonly groupId: string;
  readonly slot: string;
  readonly instanceId: string | null;
  readonly by: string;
}

function someone(dice: Dice, slot = `${dice.pick(groups)}/${dice.pick(slots)}`): Someone {
  const [groupId = "", at] = slot.split("/");
  // The last of them is static; now and then somebody else says that it is.
  const instanceId = dice.mostly(at === "2" ? `~i${at}` : null, ["~i2"]);
  return { groupId: dice.mostly(groupId, ["", "~unknown"]), slot, instanceId, by: slot };
}

const memberId = (of: string): Ref => ({ ref: "memberId", of });

function identity(dice: Dice, { slot }: Someone) {
  return {
    memberId: dice.mostly(memberId(slot), ["", "~nobody"]),
    generationId: { ref: "generation", of: slot, plus: dice.mostly(0, [-1, 1, 100]) } as Ref,
  };
}

/** The subscription of a consumer to a topic, in its first version. */
function subscription(topic: string): Buffer {
  const name = Buffer.from(topic);
  const bytes = Buffer.alloc(8 + name.length + 4);
  bytes.writeInt32BE(1, 2);
  bytes.writeInt16BE(name.length, 6);
  name.copy(bytes, 8);
  bytes.writeInt32BE(-1, 8 + name.length);
  return bytes;
}

function joinGroup(dice: Dice, of?: string): Operation {
  const member = someone(dice, of);
  const protocols = dice.mostly(
    ["range", "sticky"].filter((_, at) => at === 0 || dice.chance(0.5)),
    [["other"], []],
  );
  return operation(
    "joinGroup",
    dice.version("joinGroup"),
    {
      groupId: member.groupId,
      sessionTimeoutMs: dice.mostly(30_000, [0, 50, -1, 2 ** 31 - 1]),
      rebalanceTimeoutMs: 60_000,
      memberId: dice.mostly(memberId(member.slot), ["", "~nobody"]),
      groupInstanceId: member.instanceId,
      protocolType: dice.mostly("consumer", ["other", ""]),
      protocols: protocols.map((name) => ({
        name,
        metadata: dice.mostly(subscription("topic"), [Buffer.from(`${dice.below(4)}`)]),
      })),
      reason: dice.mostly(null, ["why not"]),
    },
    { by: member.by, learner: member.slot },
  );
}

function syncGroup(dice: Dice, of?: string): Operation {
  const member = someone(dice, of);
  const groupId = member.slot.slice(0, -2);
  return operation(
    "syncGroup",
    dice.version("syncGroup"),
    {
      groupId: member.groupId,
      ...identity(dice, member),
      groupInstanceId: member.instanceId,
      protocolType: dice.mostly("consumer", [null, "other"]),
      protocolName: dice.mostly("range", [null, "sticky"]),
      assignments: dice.chance(0.3)
        ? []
        : slots.map((slot) => ({
            memberId: memberId(`${groupId}/${slot}`),
            assignment: Buffer.from(`of ${slot}`),
          })),
    },
    { by: member.by },
  );
}

function heartbeat(dice: Dice, of?: string): Operation {
  const member = someone(dice, of);
  return operation("heartbeat", dice.version("heartbeat"), {
    groupId: member.groupId,
    ...identity(dice, member),
    groupInstanceId: member.instanceId,
  });
}

const leaveGroup: Generator = (dice) => {
  const member = someone(dice);
  const { memberId } = identity(dice, member);
  return operation("leaveGroup", dice.version("leaveGroup"), {
    groupId: member.groupId,
    memberId,
    members: [
      {
        memberId: member.instanceId !== null && dice.chance(0.5) ? "" : memberId,
        groupInstanceId: member.instanceId,
      },
    ],
  });
};

export function committedPartitions(dice: Dice) {
  const partition = (index: number, committedMetadata: string | null) => ({
    index,
    committedOffset: BigInt(dice.mostly(dice.below(100), [-1, -5])),
    committedLeaderEpoch: dice.mostly(-1, [0, 3]),
    committedMetadata,
  });
  const metadata = dice.pick([null, "", "some"]);
  // Never alone: of a group of which nothing else is committed it depends on time what Kafka tells.
  const tooLong = partition(1, "x".repeat(5_000));
  return dice.mostly([partition(dice.partition(), metadata)], [[partition(0, metadata), tooLong]]);
}

function offsetCommit(dice: Dice, of?: string): Operation {
  const version = dice.version("offsetCommit");
  const member = someone(dice, of);
  const isMember = dice.chance(0.6);
  return operation("offsetCommit", version, {
    groupId: member.groupId,
    ...(isMember ? identity(dice, member) : { memberId: "", generationId: -1 }),
    groupInstanceId: isMember ? member.instanceId : null,
    topics: dice
      .topics()
      .map((name) => ({ ...topicOf(name, version, 10), partitions: committedPartitions(dice) })),
  });
}

const offsetFetch: Generator = (dice) => {
  const version = dice.version("offsetFetch");
  const groupId = dice.group();
  const isAll = version >= 2 && dice.chance(0.3);
  const asked = isAll
    ? null
    : dice.some(topics).map((name) => ({
        ...(version >= 10 ? topicOf(name, version, 10) : { name }),
        partitions: [0, dice.partition()],
      }));
  return operation("offsetFetch", version, {
    ...(version < 8 ? { groupId, topics: asked } : {}),
    ...(version >= 8 ? { groups: [{ groupId, topics: asked }] } : {}),
    requireStable: dice.chance(0.4),
  });
};

const offsetDelete: Generator = (dice) =>
  operation("offsetDelete", 0, {
    groupId: dice.group(),
    topics: [{ name: dice.topic(), partitions: [{ index: dice.partition() }] }],
  });

const describeGroups: Generator = (dice) =>
  operation("describeGroups", dice.version("describeGroups"), {
    groups: [dice.group()],
    includeAuthorizedOperations: dice.chance(0.3),
  });

const listGroups: Generator = (dice) =>
  operation("listGroups", dice.version("listGroups"), {
    statesFilter: dice.mostly([], [["Stable"], ["Empty", "Dead"], ["NoSuchState"]]),
    typesFilter: dice.mostly([], [["classic"], ["Consumer"], ["share"], ["no such type"]]),
  });

const deleteGroups: Generator = (dice) =>
  operation("deleteGroups", dice.version("deleteGroups"), { groupsNames: [dice.group()] });

const findCoordinator: Generator = (dice) => {
  const version = dice.version("findCoordinator");
  const key = dice.mostly("~anything", [""]);
  return operation("findCoordinator", version, {
    key,
    keyType: dice.mostly(dice.below(2), [2, -1]),
    coordinatorKeys: dice.mostly([key], [[], [key, "~other"]]),
  });
};

/** A member that enters a group and works in it; from version 4 on it is let in the second time. */
const membership: ChainGenerator = (dice) => {
  const slot = `${dice.pick(groups)}/${dice.pick(slots)}`;
  return chain(
    dice,
    joinGroup(dice, slot),
    joinGroup(dice, slot),
    syncGroup(dice, slot),
    ...(dice.chance(0.5) ? [heartbeat(dice, slot)] : []),
    ...(dice.chance(0.5) ? [offsetCommit(dice, slot)] : []),
  );
};

/** All members of a group one after the other, as in a rebalance. */
const rebalance: ChainGenerator = (dice) => {
  const groupId = dice.pick(groups);
  const members = dice.some(slots).map((at) => `${groupId}/${at}`);
  return chain(
    dice,
    ...members.map((slot) => joinGroup(dice, slot)),
    ...members.map((slot) => joinGroup(dice, slot)),
    ...members.map((slot) => syncGroup(dice, slot)),
  );
};

export const classicGroupChains: readonly ChainGenerator[] = [membership, rebalance];

export const classicGroupOperations: readonly Generator[] = [
  (dice) => joinGroup(dice),
  (dice) => joinGroup(dice),
  (dice) => joinGroup(dice),
  (dice) => joinGroup(dice),
  (dice) => syncGroup(dice),
  (dice) => syncGroup(dice),
  (dice) => syncGroup(dice),
  (dice) => heartbeat(dice),
  (dice) => heartbeat(dice),
  leaveGroup,
  (dice) => offsetCommit(dice),
  (dice) => offsetCommit(dice),
  offsetFetch,
  offsetFetch,
  offsetDelete,
  describeGroups,
  listGroups,
  deleteGroups,
  findCoordinator,
];

const consumerGroupHeartbeat: Generator = (dice): Operation => {
  const member = someone(dice);
  const version = dice.version("consumerGroupHeartbeat");
  const isNew = dice.chance(0.5);
  const leaves = !isNew && dice.chance(0.2);
  const epoch = { ref: "generation", of: member.slot, plus: dice.mostly(0, [-1, 1]) } as Ref;
  // Each of its own: who gets which partition of a shared one is up to a hash table on Kafka.
  const subscribed = topics[Number(member.slot.at(-1))] ?? topics[0];
  const isFull = isNew || dice.chance(0.3);
  // From version 1 on members choose their ids: the slot's is as good as any.
  const own = version >= 1 ? `~member-${member.slot.slice(1)}` : memberId(member.slot);
  return operation(
    "consumerGroupHeartbeat",
    version,
    {
      groupId: member.groupId,
      memberId: dice.mostly(own, isNew ? [own] : ["", "~nobody"]),
      memberEpoch: isNew ? 0 : leaves ? dice.mostly(-1, [-2]) : epoch,
      instanceId: member.instanceId,
      rebalanceTimeoutMs: isFull ? 60_000 : -1,
      subscribedTopicNames:
        isFull || dice.chance(0.2)
          ? dice.mostly([subscribed], [["~unknown"], [subscribed, "~unknown"], []])
          : null,
      // None that means something: when Kafka has resolved one, and raised the epoch, is its secret.
      subscribedTopicRegex: dice.mostly(null, ["(", ""]),
      serverAssignor: dice.mostly(null, ["range", "no such assignor"]),
      topicPartitions: isNew
        ? []
        : dice.mostly(null, [[], [{ topicId: { ref: "topicId", topic: "~t0" }, partitions: [0] }]]),
    },
    { learner: member.slot },
  );
};

const consumerGroupDescribe: Generator = (dice) =>
  operation("consumerGroupDescribe", dice.version("consumerGroupDescribe"), {
    groupIds: [dice.group()],
    includeAuthorizedOperations: dice.chance(0.3),
  });

export const consumerGroupOperations: readonly Generator[] = [
  consumerGroupHeartbeat,
  consumerGroupHeartbeat,
  consumerGroupHeartbeat,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
  consumerGroupDescribe,
  describeGroups,
  listGroups,
  (dice) => offsetCommit(dice),
  offsetFetch,
  deleteGroups,
];
