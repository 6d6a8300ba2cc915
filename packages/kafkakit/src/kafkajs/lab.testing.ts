// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Broker, startBroker } from "@labwire/embedded-kafka";
import { EventsService, HandleOrderCreatedRequestSchema } from "@labwire/testdata/events";
import { createKafkaApp } from "../app.ts";
import type { ServiceOptions } from "../service.ts";
import type { OrderHandler } from "../shop.testing.ts";
import { topic } from "../topic.ts";
import { type KafkajsOptions, kafkajs } from "./kafkajs-driver.ts";

export const orders = topic("orders", HandleOrderCreatedRequestSchema, { key: (m) => m.orderId });

/** A broker whose members may have short sessions. */
export function openBroker(options: { port?: number; dataDir?: string; partitions?: number } = {}) {
  const { partitions = 4, ...rest } = options;
  return startBroker({
    ...rest,
    minSessionTimeoutMs: 500,
    topics: [{ name: "orders", partitions }],
  });
}

/** A driver that notices soon what happens in its group. */
export function quickDriver(
  { brokers }: Pick<Broker, "brokers">,
  options: Partial<KafkajsOptions> = {},
) {
  return kafkajs({
    brokers,
    sessionTimeoutMs: 3000,
    heartbeatIntervalMs: 100,
    fetchMaxWaitMs: 100,
    ...options,
  });
}

export function createShop(
  broker: Pick<Broker, "brokers">,
  handler: OrderHandler,
  options: Partial<ServiceOptions<typeof EventsService, "handleOrderCreated">> = {},
) {
  const app = createKafkaApp({ driver: quickDriver(broker) });
  return app.service(
    EventsService,
    { handleOrderCreated: handler },
    { group: "shop", topics: { handleOrderCreated: "orders" }, commitIntervalMs: 50, ...options },
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
