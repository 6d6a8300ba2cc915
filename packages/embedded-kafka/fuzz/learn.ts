// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readBatches } from "../behaviour/record-batches.ts";
import type { ApiId, RequestOf, ResponseOf } from "../src/protocol/apis.ts";
import { errorCodes } from "../src/protocol/error-codes.ts";
import type { Knowledge, Operation, Ref } from "./operation.ts";

type Answer<N extends ApiId> = Required<ResponseOf<N>>;

/** Takes from an answer what later operations refer to. */
export function learn(operation: Operation, request: unknown, answer: unknown, known: Knowledge) {
  const { api, learner } = operation;
  if (api === "produce") learnSequences(operation, request, answer, known);
  if (learner === undefined) return;
  switch (api) {
    case "joinGroup": {
      const { memberId, generationId, errorCode } = answer as Answer<"joinGroup">;
      const member = known.members.get(learner) ?? { id: "", generation: -1 };
      if (memberId !== "") member.id = memberId;
      if (errorCode === errorCodes.NONE) member.generation = generationId;
      known.members.set(learner, member);
      break;
    }
    case "consumerGroupHeartbeat": {
      const { memberId, memberEpoch, errorCode } = answer as Answer<"consumerGroupHeartbeat">;
      if (errorCode === errorCodes.NONE && memberId) {
        known.members.set(learner, { id: memberId, generation: memberEpoch });
      }
      break;
    }
    case "initProducerId":
    case "endTxn": {
      const { errorCode, producerId, producerEpoch } = answer as Answer<"initProducerId">;
      if (errorCode !== errorCodes.NONE || producerId < 0n) break;
      known.producers.set(learner, { id: producerId, epoch: producerEpoch, sequences: new Map() });
      break;
    }
    case "fetch": {
      const { sessionId } = answer as Answer<"fetch">;
      if (sessionId !== 0) known.sessions.set(learner, sessionId);
    }
  }
}

/** A producer counts what was taken from it. */
function learnSequences(
  { request: template }: Operation,
  request: unknown,
  answer: unknown,
  known: Knowledge,
): void {
  if (!answer) return;
  const sent = request as RequestOf<"produce">;
  const templates = template as unknown as { topics: { partitions: { records: Ref | null }[] }[] };
  for (const [at, topic] of (answer as Answer<"produce">).topics.entries()) {
    for (const [index, { errorCode }] of topic.partitions.entries()) {
      const ref = templates.topics[at]?.partitions[index]?.records;
      const records = sent.topics[at]?.partitions[index]?.records;
      if (errorCode !== errorCodes.NONE || ref?.ref !== "batch" || !records) continue;
      const producer = known.producers.get(ref.producer ?? "");
      const batch = readBatches(records)[0];
      if (!producer || !batch) continue;
      producer.sequences.set(ref.partition, batch.baseSequence + ref.values.length);
    }
  }
}
