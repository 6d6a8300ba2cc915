// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A behaviour that not every broker has. */
interface DifferenceInfo {
  /** Versions of Apache Kafka that have it. */
  readonly kafka: readonly string[];
  /** Whether the embedded broker has it. */
  readonly embedded: boolean;
  readonly why: string;
}

/** Where brokers differ, and why. All else in the suite is one expectation for all of them. */
export const differences = {
  durableDeletion: {
    kafka: [],
    embedded: true,
    why: "What DeleteRecords has deleted stays deleted when the broker is killed at once",
  },
  unpacksCompressed: {
    kafka: ["4.3.1", "3.9.2"],
    embedded: false,
    why: "Records of a compressed batch are looked at only where a topic's configs ask for it",
  },
  describeGroups6: {
    kafka: ["4.3.1"],
    embedded: true,
    why: "KIP-1043 came with Apache Kafka 4.0",
  },
  consumerGroups: {
    kafka: ["4.3.1"],
    embedded: true,
    why: "KIP-848 came with Apache Kafka 4.0",
  },
  transactions2: {
    kafka: ["4.3.1"],
    embedded: true,
    why: "KIP-890 came with Apache Kafka 4.0",
  },
} as const satisfies Record<string, DifferenceInfo>;

export type Difference = keyof typeof differences;

/** What is known of a difference. */
export function differenceOf(difference: Difference): DifferenceInfo {
  return differences[difference];
}
