// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { apacheKafkaLab } from "../behaviour/apache-kafka-lab.ts";
import { embeddedLab } from "../behaviour/embedded-lab.ts";
import { type Address, type Pair, prepare } from "./compare.ts";

const properties = {
  // As the embedded broker has it, since transactions tell which partition a group belongs to.
  "offsets.topic.num.partitions": "50",
  // The embedded broker makes no consumer group of a classic one that has members.
  "group.consumer.migration.policy": "disabled",
};

/** Starts both brokers, with the options that the behaviour suite has for them. */
export async function startPair(): Promise<Pair & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  try {
    const kafka = stack.use(await apacheKafkaLab("4.3.1", properties).start());
    const embedded = stack.use(await embeddedLab.start());
    const pair = { kafka: addressOf(kafka.addresses), embedded: addressOf(embedded.addresses) };
    await prepare(pair.kafka);
    await prepare(pair.embedded);
    return { ...pair, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function addressOf([address = ""]: readonly string[]): Address {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
}
