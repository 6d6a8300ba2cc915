// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { connect, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { certificate } from "../../behaviour/certificate.ts";
import { type Broker, startBroker } from "../../src/start-broker.ts";
import { Witness, witnessTopic } from "./witness.ts";

/** On each listener: as many of each kind of silence. */
const each = 52;
/** Of a frame that never ends: its size says 1 GiB, of which 64 KiB come. */
const endless = Buffer.alloc(2 ** 16);
endless.writeInt32BE(2 ** 30);
/** What clients have said when they fall silent. */
const silences = [Buffer.alloc(0), Buffer.from([0]), Buffer.from([0, 0, 0, 100, 0, 3]), endless];

const connectionsOf = (broker: Broker) => broker.inspect().brokers[0]?.connections.length;

test("the broker answers others while hundreds of clients are silent in the middle of a request", async () => {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await using broker = await startBroker({
    logger,
    maxRequestBytes: 2 ** 30,
    topics: [{ name: witnessTopic }],
    users: [{ name: "app", password: "app-secret" }],
    listeners: [
      { name: "PLAINTEXT" },
      { name: "SSL", tls: await certificate() },
      { name: "SASL_PLAINTEXT", sasl: ["PLAIN"] },
    ],
  });
  await using witness = await Witness.connect(broker);
  const sockets: Socket[] = [];
  for (const listener of ["PLAINTEXT", "SSL", "SASL_PLAINTEXT"]) {
    const [host = "", port] = (broker.addresses(listener)[0] ?? "").split(":");
    for (let at = 0; at < each; at++) {
      const socket = connect({ host, port: Number(port) });
      socket.on("error", () => {});
      socket.write(silences[at % silences.length] ?? "");
      sockets.push(socket);
    }
  }
  for (let at = 0; at < 20; at++) await witness.append();
  // Before TLS is spoken there is no connection to know of, and who has not authenticated may not
  // announce as much as the endless ones do.
  const onPlain = each;
  const onSasl = each - each / silences.length;
  const ofWitness = 1;
  const expected = onPlain + onSasl + ofWitness;
  await vi.waitUntil(() => connectionsOf(broker) === expected, { interval: 5, timeout: 10_000 });
  for (const socket of sockets) socket.destroy();
  await vi.waitUntil(() => connectionsOf(broker) === ofWitness, { interval: 5, timeout: 10_000 });
  await witness.append();
  const { acknowledged, found } = await witness.compare();
  expect([found, logger.error.mock.calls]).toEqual([acknowledged, []]);
});
