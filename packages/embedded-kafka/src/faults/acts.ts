// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { apiNameOf } from "../protocol/apis.ts";
import { type ErrorName, errorCodes } from "../protocol/error-codes.ts";
import { errorAnswer } from "./error-answer.ts";
import type { SetFault } from "./fault.ts";
import type { RequestFault, Struck } from "./request-faults.ts";

type Act = RequestFault["act"];

/** Answers an error instead of what the request asks for, or after it. */
export function failing(error: ErrorName, isHandled: boolean): Act {
  return async (struck, fault) => {
    const { id, next } = struck;
    // Without the brokers in it no client could go on from an answer to Metadata.
    if (id === "metadata") {
      const answer = failTopics(await next(), error, struck.context.version);
      fault.strike();
      return answer;
    }
    if (isHandled) await next();
    fault.strike();
    return refuse(struck, error);
  };
}

function refuse({ id, request, context }: Struck, error: ErrorName): object | null {
  context.cluster.logger.debug(`A fault answers ${apiNameOf(id)} with ${error}`);
  const isUnanswered = id === "produce" && (request as { acks: number }).acks === 0;
  if (!isUnanswered)
    return errorAnswer(id, context.version, request, {
      error,
      message: `${error}, as a fault of broker.faults has it`,
    });
  // As Kafka does: a producer that waits for no answer learns of an error by this.
  context.disconnect(`a fault answers ${error}, and the producer waits for no answer`, "debug");
  return null;
}

function failTopics(answer: object | null, error: ErrorName, version: number): object {
  const errorCode = errorCodes[error];
  const metadata = answer as { topics: readonly object[] };
  const topics = metadata.topics.map((topic) => ({ ...topic, errorCode, partitions: [] }));
  // KIP-1102 gave it a place for errors that are about no topic.
  return { ...metadata, topics, ...(version >= 13 && topics.length === 0 && { errorCode }) };
}

/** Holds requests up, or their answers. */
export function delaying(ms: number, when: "before" | "after"): Act {
  return async (struck, fault) => {
    const answer = when === "after" ? await struck.next() : undefined;
    const waited = wait(struck, ms, fault);
    fault.strike();
    await waited;
    // It was stopped meanwhile, and what it had not begun is lost.
    if (!struck.context.node.isRunning) return null;
    return answer === undefined ? struck.next() : answer;
  };
}

/** Ends before its time when nobody waits for the answer any more, or the fault is removed. */
async function wait({ context }: Struck, ms: number, fault: SetFault): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { clock } = context.cluster;
  const ends = [clock.after(ms, resolve), fault.onRemove(resolve), context.onClose(resolve)];
  await promise;
  for (const end of ends) end();
}

/** Loses requests, or their answers. */
export function dropping(when: "before" | "after", cuts: boolean): Act {
  return async ({ id, context, next }, fault) => {
    if (when === "after") await next();
    fault.strike();
    if (cuts) {
      context.disconnect(`a fault drops ${apiNameOf(id)}`, "debug");
      return null;
    }
    // Nothing is read from the connection while a request of it has no answer.
    const forgetFault = fault.onRemove(() => context.disconnect("a fault silenced it", "debug"));
    return new Promise((resolve) => {
      context.onClose(() => {
        forgetFault();
        resolve(null);
      });
    });
  };
}
