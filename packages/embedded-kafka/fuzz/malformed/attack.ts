// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { certificate } from "../../behaviour/certificate.ts";
import { ManualClock } from "../../src/manual-clock.testing.ts";
import { seededRandom } from "../../src/protocol/random-message.testing.ts";
import { type Broker, startBroker } from "../../src/start-broker.ts";
import { anyBytes } from "./any-request.ts";
import { sendBytes, type Target } from "./send-bytes.ts";
import { Witness, witnessTopic } from "./witness.ts";

/** What an attack left behind. */
export interface Damage {
  /** Errors that the broker logged, which are faults of its own. */
  readonly errors: readonly unknown[];
  readonly witness: Awaited<ReturnType<Witness["compare"]>>;
  readonly longestMs: number;
  readonly connections: number;
  /** Timers that run once all that members and producers may wait for has passed. */
  readonly timers: number;
  /** By how many bytes the heap grew in the second half, which sends what the first has sent. */
  readonly heapGrowth: number;
  /** The same of the process's memory. */
  readonly rssGrowth: number;
}

/** Clients that attack at once. */
const attackers = 12;
/** Longer than any timeout that a request can name. */
const everMs = 2 ** 31;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * Sends random requests, whole ones and mangled ones, in so many connections, on plaintext, TLS and
 * SASL listeners, half of them twice.
 */
export async function attack(connections: number, seed: number): Promise<Damage> {
  const errors: unknown[] = [];
  const logger = {
    debug() {},
    info() {},
    warn() {},
    error: (...all: unknown[]) => errors.push(all),
  };
  const clock = new ManualClock();
  const tls = await certificate();
  const sasl = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
  await using broker = await startBroker({
    clock,
    logger,
    maxRequestBytes: 2 ** 20,
    users: [{ name: "app", password: "app-secret" }],
    topics: [{ name: "topic", partitions: 2 }, { name: witnessTopic }],
    listeners: [{ name: "PLAINTEXT" }, { name: "SSL", tls }, { name: "SASL_PLAINTEXT", sasl }],
  });
  await using witness = await Witness.connect(broker);
  const usages: NodeJS.MemoryUsage[] = [];
  // What is made once, by names that are the same both times, is there after the first.
  for (let half = 0; half < 2; half++) {
    await sendAll(broker, connections / 2, seed, witness);
    collectGarbage();
    usages.push(process.memoryUsage());
  }
  const compared = await witness.compare();
  clock.advance(everMs);
  const [first, second] = usages as [NodeJS.MemoryUsage, NodeJS.MemoryUsage];
  return {
    errors,
    witness: compared,
    longestMs: witness.longestMs,
    connections: broker.inspect().brokers[0]?.connections.length ?? 0,
    timers: clock.timers,
    heapGrowth: second.heapUsed - first.heapUsed,
    rssGrowth: second.rss - first.rss,
  };
}

async function sendAll(
  broker: Broker,
  connections: number,
  seed: number,
  witness: Witness,
): Promise<void> {
  const targets = targetsOf(broker);
  const random = seededRandom(seed);
  let left = connections;
  const sendSome = async () => {
    while (left-- > 0) {
      const target = targets[Math.floor(random() ** 3 * targets.length)] as Target;
      await sendBytes(target, anyBytes(random), random);
    }
  };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) await witness.append();
  })();
  await Promise.all(Array.from({ length: attackers }, sendSome)).finally(() => {
    isOver = true;
  });
  await watching;
}

/** Most often the plain one, which lets the most in; TLS also from those who do not speak it. */
function targetsOf(broker: Broker): Target[] {
  const at = (listener: string, isTls = false): Target => {
    const [host = "", port] = (broker.addresses(listener)[0] ?? "").split(":");
    return { host, port: Number(port), isTls };
  };
  return [at("PLAINTEXT"), at("SASL_PLAINTEXT"), at("SSL"), at("SSL", true)];
}
