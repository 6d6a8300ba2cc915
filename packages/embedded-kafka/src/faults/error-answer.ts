// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ApiId, apis, type ResponseOf } from "../protocol/apis.ts";
import { type ErrorName, errorCodes } from "../protocol/error-codes.ts";
import type { Field, Struct } from "../protocol/schema.ts";

type Message = Readonly<Record<string, unknown>>;

/** What a request's lists are called in its response, where they are not called the same. */
const listNames: Readonly<Record<string, readonly string[]>> = {
  coordinators: ["coordinatorKeys"],
  topics: ["topics", "topicNames"],
  results: ["resources", "groupNames"],
  responses: ["resources"],
  groups: ["groups", "groupIds"],
  resultsByTransaction: ["transactions"],
  topicResults: ["topics"],
  resultsByPartition: ["partitions"],
  resultsByTopicV3AndBelow: ["v3AndBelowTopics"],
  transactionStates: ["transactionalIds"],
};

/** What stands in an answer for what is not known because of the error. */
const unknowns: Message = {
  baseOffset: -1n,
  highWatermark: -1n,
  lowWatermark: -1n,
  offset: -1n,
  endOffset: -1n,
  committedOffset: -1n,
  timestamp: -1n,
  leaderEpoch: -1,
  committedLeaderEpoch: -1,
  nodeId: -1,
  port: -1,
  producerId: -1n,
  producerEpoch: -1,
  numPartitions: -1,
  replicationFactor: -1,
};

/**
 * Whether the error is about the request as a whole, so that it stands at the top of the answer
 * although there is a place for it in each item. Only where clients tell the two apart.
 */
const isAboutAll: { readonly [N in ApiId]?: (error: ErrorName) => boolean } = {
  fetch: (error) => error.includes("FETCH_SESSION"),
  leaveGroup: (error) => !["UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID"].includes(error),
  offsetDelete: (error) => !/TOPIC/.test(error),
  offsetFetch: (error) => error !== "UNSTABLE_OFFSET_COMMIT" && !/TOPIC/.test(error),
};

/** An error as a client is told it. */
export interface ToldError {
  readonly error: ErrorName;
  /** Where the answer has a place for it. */
  readonly message: string;
}

/**
 * The answer that fails a request: lists as in the request, the error wherever a client looks for
 * it, in each partition if there is such a place, else further up.
 */
export function errorAnswer<N extends ApiId>(
  id: N,
  version: number,
  request: object,
  told: ToldError,
): ResponseOf<N> {
  const { response } = apis[id];
  const { error } = told;
  const isWhole = isAboutAll[id]?.(error) ?? false;
  const answer = new ErrorAnswer(version, told, isWhole).fill(response, request as Message);
  // Who a member is told that it is stays the same when its request fails.
  const memberId = "memberId" in response && (request as Message).memberId;
  if (typeof memberId === "string") answer.memberId = memberId;
  if (id === "describeLogDirs" && version < 3) answer.results = [{ errorCode: errorCodes[error] }];
  return answer as ResponseOf<N>;
}

class ErrorAnswer {
  readonly #version: number;
  readonly #told: ToldError;
  readonly #isWhole: boolean;

  constructor(version: number, told: ToldError, isWhole: boolean) {
    this.#version = version;
    this.#told = told;
    this.#isWhole = isWhole;
  }

  fill(response: Struct, request: Message): Record<string, unknown> {
    const fields = this.#fieldsOf(response);
    const codeName = fields.find(([name]) => isErrorCode(name))?.[0];
    const answer: Record<string, unknown> = {};
    for (const [name] of fields) if (name in unknowns) answer[name] = unknowns[name];
    const items = codeName && this.#isWhole ? 0 : this.#fillLists(fields, request, answer);
    if (!codeName || items > 0) return answer;
    answer[codeName] = errorCodes[this.#told.error];
    const message = response.errorMessage;
    if (message && this.#version >= message.nullableSince) {
      answer.errorMessage = this.#told.message;
    }
    return answer;
  }

  /** Returns how many items there are that say the error, or have items that do. */
  #fillLists(
    fields: readonly (readonly [string, Field])[],
    request: Message,
    answer: Record<string, unknown>,
  ): number {
    let count = 0;
    for (const [name, { item }] of fields) {
      if (!item?.fields || !this.#saysErrors(item.fields)) continue;
      const asked = (listNames[name] ?? [name]).map((each) => request[each]);
      const source = asked.find((each) => Array.isArray(each) && each.length > 0);
      const list = ((source ?? []) as unknown[]).map((each) => {
        return this.#fillItem(item.fields as Struct, each);
      });
      answer[name] = list;
      count += list.length;
    }
    return count;
  }

  #fillItem(item: Struct, asked: unknown): Record<string, unknown> {
    const fields = this.#fieldsOf(item).filter(([, field]) => !field.item && !field.fields);
    const names = fields.map(([name]) => name).filter((name) => !/^(partitionE|e)rror/.test(name));
    const isStruct = typeof asked === "object" && asked !== null && !Buffer.isBuffer(asked);
    // What is a list of ids in the request is a list of structs with an id in the response.
    const source: Message = isStruct ? (asked as Message) : { [names[0] ?? ""]: asked };
    const same = names.filter((name) => name in source).map((name) => [name, source[name]]);
    return { ...Object.fromEntries(same), ...this.fill(item, source) };
  }

  #saysErrors(struct: Struct): boolean {
    return this.#fieldsOf(struct).some(
      ([name, { item }]) => isErrorCode(name) || (item?.fields && this.#saysErrors(item.fields)),
    );
  }

  #fieldsOf(struct: Struct): (readonly [string, Field])[] {
    return Object.entries(struct).filter(
      ([, { since, until }]) => this.#version >= since && this.#version <= until,
    );
  }
}

const isErrorCode = (name: string) => name === "errorCode" || name === "partitionErrorCode";
