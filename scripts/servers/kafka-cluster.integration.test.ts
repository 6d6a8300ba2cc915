// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { startKafkaCluster } from "./kafka-cluster.ts";
import { answersTcp } from "./kinds/probes.ts";
import { findPort } from "./ports.ts";
import { describeWith } from "./testing.ts";

describeWith(["KAFKA_ADDRS"], "startKafkaCluster()", () => {
  test("starts brokers on ports that follow each other, and remove() ends them all", async () => {
    const firstPort = await findPort();
    const users = [{ username: "app", password: "app-secret" }];
    const listeners = [{ protocol: "SASL_PLAINTEXT" }] as const;

    const cluster = await startKafkaCluster({ brokers: 2, firstPort, listeners, users });

    const ports = cluster.brokers.map((broker) => broker.ports.slice(0, 2));
    expect(ports).toEqual([
      [firstPort, firstPort + 1],
      [firstPort + 2, firstPort + 3],
    ]);
    const answer = () => Promise.all(ports.flat().map((port) => answersTcp(port)));
    expect(await answer()).toEqual([true, true, true, true]);
    await cluster.remove();
    expect(await answer()).toEqual([false, false, false, false]);
  });

  test("rejects and leaves no broker when one does not start", async () => {
    const listeners = [{ protocol: "SSL" }] as const;
    await expect(startKafkaCluster({ listeners })).rejects.toThrow(
      "Cannot start kafka: a TLS listener needs 'tls'",
    );
  });
});
