// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Broker, startBroker } from "@labwire/embedded-kafka";
import { EventsService, HandleOrderCreatedRequestSchema } from "@labwire/testdata/events";
import { createKafkaApp } from "../app.ts";
import { silentLogger } from "../logger.ts";
import type { ServiceOptions } from "../service.ts";
import type { OrderHandler } from "../shop.testing.ts";
import { topic } from "../topic.ts";
import { type KafkajsOptions, kafkajs } from "./kafkajs-driver.ts";

/** Where a test's shop finds its orders. */
export interface Lab extends AsyncDisposable {
  readonly brokers: readonly string[];
  /** Names a topic of 4 partitions, and the group of the shop. */
  readonly name: string;
  readonly sessionTimeoutMs: number;
}

/** A broker of a test's own, whose members may have short sessions. */
export async function openEmbedded(
  options: { port?: number; dataDir?: string } = {},
): Promise<Lab & Broker> {
  const broker = await startBroker({
    ...options,
    minSessionTimeoutMs: 500,
    topics: [{ name: "orders", partitions: 4 }],
  });
  return Object.assign(broker, { name: "orders", sessionTimeoutMs: 3000 });
}

let labs = 0;

/** A topic of a test's own, on brokers that are there already. */
export async function openRemote(brokers: readonly string[]): Promise<Lab> {
  const lab: Lab = {
    brokers,
    name: `orders-${process.pid}-${Date.now().toString(36)}-${labs++}`,
    // Apache Kafka's default for group.min.session.timeout.ms.
    sessionTimeoutMs: 6000,
    async [Symbol.asyncDispose]() {},
  };
  const topics = [lab.name, `${lab.name}.dlq`].map((name) => ({ topic: name, partitions: 4 }));
  await quickDriver(lab).createTopics(topics, { logger: silentLogger });
  return lab;
}

/** The topic of the lab's orders. */
export function ordersOf({ name }: Pick<Lab, "name">) {
  return topic(name, HandleOrderCreatedRequestSchema, { key: (m) => m.orderId });
}

/** A driver that notices soon what happens in its group. */
export function quickDriver(
  { brokers, sessionTimeoutMs }: Pick<Lab, "brokers" | "sessionTimeoutMs">,
  options: Partial<KafkajsOptions> = {},
) {
  return kafkajs({
    brokers,
    sessionTimeoutMs,
    heartbeatIntervalMs: 100,
    fetchMaxWaitMs: 100,
    ...options,
  });
}

export function createShop(
  lab: Pick<Lab, "brokers" | "name" | "sessionTimeoutMs">,
  handler: OrderHandler,
  options: Partial<ServiceOptions<typeof EventsService, "handleOrderCreated">> = {},
) {
  const app = createKafkaApp({ driver: quickDriver(lab) });
  return app.service(
    EventsService,
    { handleOrderCreated: handler },
    {
      group: lab.name,
      topics: { handleOrderCreated: lab.name },
      commitIntervalMs: 50,
      ...options,
    },
  );
}

/** Notes things, and tells when enough of them are there. */
export class Notes {
  readonly all: string[] = [];
  #onChange: (() => void)[] = [];

  add(note: string): void {
    this.all.push(note);
    for (const resolve of this.#onChange.splice(0)) resolve();
  }

  async until(enough: (all: string[]) => boolean): Promise<void> {
    while (!enough(this.all)) {
      await new Promise<void>((resolve) => this.#onChange.push(resolve));
    }
  }
}
