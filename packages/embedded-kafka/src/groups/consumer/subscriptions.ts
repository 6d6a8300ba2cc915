// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../../protocol/error-codes.ts";
import { matching, re2Pattern } from "../../re2-pattern.ts";
import type { ConsumerMember } from "./consumer-member.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** What groups need to know of a topic. */
export interface SubscribableTopic {
  /** In base64url. */
  readonly id: string;
  readonly name: string;
  readonly partitions: { readonly length: number };
}

/** The topics that there are. */
export interface SubscribableTopics {
  readonly topics: Iterable<SubscribableTopic>;
  /** Grows with every topic or partition that is made or deleted. */
  readonly revision: number;
  get(name: string): SubscribableTopic | undefined;
  byId(id: string): SubscribableTopic | undefined;
}

/** As many regular expressions are remembered as large groups have, not all that were ever asked for. */
const maxMatches = 1_000;

/** By their ids. Never changed: a group that changes has other members. */
type Members = ReadonlyMap<string, ConsumerMember>;

/** The topics of a group, as they were when it was made. */
export class Subscriptions {
  readonly #topics: SubscribableTopics;
  readonly #revision: number;
  /** Names by regular expression; undefined for one that takes too long. */
  readonly #matches = new Map<string, readonly string[] | undefined>();
  #members: Members | undefined;
  #fingerprint = "";

  constructor(topics: SubscribableTopics) {
    this.#topics = topics;
    this.#revision = topics.revision;
  }

  /** Whether no topic or partition has come or gone since. */
  get isCurrent(): boolean {
    return this.#revision === this.#topics.revision;
  }

  /** What is wrong with the regular expression of a member; undefined when nothing is. */
  check({ topicRegex: regex }: ConsumerMember): Refusal | undefined {
    if (this.#match(regex)) return undefined;
    const problem = re2Pattern(regex)
      ? "takes too long to match the topics that there are"
      : "is not a valid regular expression";
    return refusal(
      errorCodes.INVALID_REGULAR_EXPRESSION,
      `SubscribedTopicRegex \`${regex}\` ${problem}.`,
    );
  }

  /** Names of the topics to which a member subscribes, also of those that do not exist. */
  namesOf({ topicNames, topicRegex }: ConsumerMember): Set<string> {
    return new Set([...topicNames, ...(this.#match(topicRegex) ?? [])]);
  }

  /** The topics to which a member subscribes and that exist. */
  topicsOf(member: ConsumerMember): SubscribableTopic[] {
    return [...this.namesOf(member)].flatMap((name) => this.#topics.get(name) ?? []);
  }

  /** Number of partitions by topic id, of all topics to which members subscribe. */
  partitionCounts(members: Iterable<ConsumerMember>): Map<string, number> {
    const topics = [...members].flatMap((member) => this.topicsOf(member));
    return new Map(topics.map(({ id, partitions }) => [id, partitions.length]));
  }

  /** A text that changes with the topics and partitions to which members subscribe. */
  fingerprint(members: Members): string {
    // Most heartbeats come from the very members of the last one.
    if (members === this.#members) return this.#fingerprint;
    const counts = [...this.partitionCounts(members.values())];
    this.#fingerprint = counts
      .map(([id, count]) => `${id}:${count}`)
      .sort()
      .join();
    this.#members = members;
    return this.#fingerprint;
  }

  #match(regex: string): readonly string[] | undefined {
    if (regex === "") return [];
    if (!this.#matches.has(regex)) {
      const pattern = re2Pattern(regex);
      const names = [...this.#topics.topics].map(({ name }) => name);
      if (this.#matches.size >= maxMatches) this.#matches.clear();
      this.#matches.set(regex, pattern && matching(pattern, names));
    }
    return this.#matches.get(regex);
  }
}
