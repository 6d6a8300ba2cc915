// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import * as variable from "./variables.ts";

/** What every process that sends to Kafka reads. */
export const kafkaProducerVariables = {
  KAFKA_PRODUCER_TOPIC: variable.text({ default: "video", doc: "Topic of the events." }),
  KAFKA_PRODUCER_REQUIRED_ACKS: {
    default: "-1",
    doc: "Who must have a message before it counts: -1 all replicas in sync, 1 the leader, 0 nobody.",
    parse: (text: string) => {
      const acks = ([-1, 0, 1] as const).find((value) => `${value}` === text);
      if (acks === undefined) throw new Error("-1, 0 or 1");
      return acks;
    },
  },
};
