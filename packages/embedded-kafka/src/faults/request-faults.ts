// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestContext } from "../handlers/handler.ts";
import type { ApiId } from "../protocol/apis.ts";
import { SetFault } from "./fault.ts";
import type { FaultFilter, RefuseOptions } from "./fault-options.ts";
import { subjectsOf } from "./request-subjects.ts";

type Answer = object | null | Promise<object | null>;
type AnyHandler = (request: object, context: RequestContext) => Answer;

/** A request that a fault strikes. */
export interface Struck {
  readonly id: ApiId;
  readonly request: object;
  readonly context: RequestContext;
  /** Answers it as if there were no such fault. */
  readonly next: () => Answer;
}

/** What a fault does to requests. */
export interface RequestFault {
  /** The kind of request; undefined for every kind. */
  readonly id: ApiId | undefined;
  readonly filter: FaultFilter;
  /** Those of a lower rank act first. */
  readonly rank: number;
  act(struck: Struck, fault: SetFault): Answer;
}

type Entry = RequestFault & { readonly fault: SetFault };

/** The faults that are set, between a connection and the handlers of its requests. */
export class RequestFaults {
  #faults: readonly Entry[] = [];
  readonly #refusals = new Set<{ readonly options: RefuseOptions; readonly fault: SetFault }>();

  /** Whether requests must pass {@link around}: without faults it costs nothing to ask. */
  get isSet(): boolean {
    return this.#faults.length > 0;
  }

  add(requestFault: RequestFault): SetFault {
    const fault = new SetFault();
    const entry = { ...requestFault, fault };
    // Stable, so that of one rank the one that was set first acts first.
    this.#faults = [...this.#faults, entry].sort((a, b) => a.rank - b.rank);
    fault.onRemove(() => {
      this.#faults = this.#faults.filter((each) => each !== entry);
    });
    return fault;
  }

  addRefusal(options: RefuseOptions): SetFault {
    const fault = new SetFault();
    const refusal = { options, fault };
    this.#refusals.add(refusal);
    fault.onRemove(() => this.#refusals.delete(refusal));
    return fault;
  }

  /** Removes all of them. */
  clear(): void {
    for (const { fault } of [...this.#faults, ...this.#refusals]) fault.remove();
  }

  /** Whether a broker must refuse a connection that has come. */
  refuses(nodeId: number): boolean {
    for (const { options, fault } of this.#refusals) {
      const { broker = nodeId, times = Number.POSITIVE_INFINITY } = options;
      if (broker !== nodeId || fault.count >= times) continue;
      fault.count++;
      fault.strike();
      return true;
    }
    return false;
  }

  /** Lets the faults act on a request, and the handler where none of them answers. */
  around(id: ApiId, handler: AnyHandler): AnyHandler {
    const faults = this.#faults.filter((each) => each.id === undefined || each.id === id);
    return (request, context) => {
      const answerFrom = (first: number): Answer => {
        for (let at = first; at < faults.length; at++) {
          const entry = faults[at] as Entry;
          const { fault, filter } = entry;
          if (fault.isRemoved || fault.count >= (filter.times ?? Number.POSITIVE_INFINITY))
            continue;
          if (!isMeant(filter, id, request, context)) continue;
          fault.count++;
          return entry.act({ id, request, context, next: () => answerFrom(at + 1) }, fault);
        }
        return handler(request, context);
      };
      return answerFrom(0);
    };
  }
}

function isMeant(
  filter: FaultFilter,
  id: ApiId,
  request: object,
  context: RequestContext,
): boolean {
  const { broker, clientId, topic, group, transactionalId, matches } = filter;
  if (broker !== undefined && broker !== context.node.id) return false;
  if (clientId !== undefined && clientId !== context.clientId) return false;
  if (topic !== undefined || group !== undefined || transactionalId !== undefined) {
    const { topics } = context.cluster;
    const subjects = subjectsOf(id, request, (topicId) => topics.byId(topicId)?.name);
    if (topic !== undefined && !subjects.topics.has(topic)) return false;
    if (group !== undefined && !subjects.groups.has(group)) return false;
    if (transactionalId !== undefined && !subjects.transactionalIds.has(transactionalId)) {
      return false;
    }
  }
  return matches === undefined || matches(request as never);
}
