// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  EventsService,
  type HandleOrderCreatedRequest,
  HandleOrderCreatedRequestSchema,
} from "@labwire/testdata/events";
import { createKafkaApp, type KafkaApp, type KafkaRun } from "./app.ts";
import type { RecordHeaders } from "./driver.ts";
import type { HandlerContext } from "./handler-context.ts";
import type { Middleware } from "./middleware.ts";
import { toHeaderText, toText } from "./record.ts";
import type { ServiceOptions } from "./service.ts";
import { createMemoryDriver, type MemoryDriver } from "./testing/memory-driver.ts";
import { topic } from "./topic.ts";

export const orders = topic("orders", HandleOrderCreatedRequestSchema, { key: (m) => m.orderId });

export type OrderHandler = (message: HandleOrderCreatedRequest, context: HandlerContext) => unknown;

export interface ShopOptions
  extends Partial<ServiceOptions<typeof EventsService, "handleOrderCreated">> {
  driver?: MemoryDriver;
  partitions?: number;
  middleware?: Middleware[];
}

export interface Shop {
  readonly driver: MemoryDriver;
  readonly app: KafkaApp;
  readonly run: KafkaRun;
  /** Log lines of warn and error. */
  readonly log: string[];
  /** Sends orders `id#sequence`, and lets what is due happen. */
  send(...orders: string[]): Promise<void>;
  /** Stops, and lets time go on to past the deadline. */
  stop(deadlineMs: number): Promise<void>;
  committed(partition?: number): bigint | undefined;
  deadLetters(): { key: string | null; value: string | null; headers: object }[];
}

/** Starts an app with one consumer of orders on a memory driver whose clock stands still. */
export async function openShop(handler: OrderHandler, options: ShopOptions = {}): Promise<Shop> {
  const {
    partitions = 1,
    driver = createMemoryDriver({ topics: [{ topic: "orders", partitions }] }),
    middleware = [],
    ...service
  } = options;
  const log: string[] = [];
  const line = (message: string) => log.push(message);
  const app = createKafkaApp({
    driver,
    clock: driver.clock,
    random: () => 0.5,
    logger: { debug() {}, info() {}, warn: line, error: line },
  });
  app.use(...middleware);
  app.service(
    EventsService,
    { handleOrderCreated: handler },
    { group: "shop", topics: { handleOrderCreated: "orders" }, ...service },
  );
  const run = await app.start();
  return {
    driver,
    app,
    run,
    log,
    async send(...names) {
      await app.producer.send(orders, names.map(toOrder));
      await driver.clock.settle();
    },
    async stop(deadlineMs) {
      const stopped = run.stop({ deadlineMs });
      await driver.clock.advance(deadlineMs);
      await driver.clock.advance(0);
      await stopped;
    },
    committed: (partition = 0) => driver.committed("shop", "orders", partition),
    deadLetters: () =>
      driver.records("orders.dlq").map(({ key, value, headers }) => ({
        key: toText(key),
        value: toText(value),
        headers: headersOf(headers),
      })),
  };
}

export function toOrder(name: string): { orderId: string; sequence: bigint } {
  const [orderId = "", sequence = "0"] = name.split("#");
  return { orderId, sequence: BigInt(sequence) };
}

export function nameOf({ orderId, sequence }: HandleOrderCreatedRequest): string {
  return `${orderId}#${sequence}`;
}

function headersOf(headers: RecordHeaders): object {
  return { ...toHeaderText(headers) };
}

/** Handlers that end when the test says so. */
export class Gate {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  readonly aborted: string[] = [];
  readonly #waiting = new Map<string, () => void>();

  readonly handler: OrderHandler = async (message, context) => {
    const name = nameOf(message);
    this.begun.push(name);
    context.signal.addEventListener("abort", () => this.aborted.push(name));
    await new Promise<void>((resolve) => this.#waiting.set(name, resolve));
    this.ended.push(name);
  };

  /** Lets these end, if they have begun. */
  open(...names: string[]): void {
    for (const name of names) {
      this.#waiting.get(name)?.();
      this.#waiting.delete(name);
    }
  }
}
