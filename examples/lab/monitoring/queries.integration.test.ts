// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { createKafkaApp } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import {
  annotationQueries,
  expectAnswers,
  panelQueries,
  resolveVariables,
  variableSelectors,
  withoutThresholds,
} from "@labwire/servers/monitoring";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HandleVideoCreatedRequestSchema } from "../gen/video/pb/stream_pb.ts";
import type { OwnServers } from "../system/own-servers.testing.ts";
import { serverVariables, startOwnServers } from "../system/own-servers.testing.ts";
import type { Monitoring } from "../system/prometheus.testing.ts";
import { startMonitoring } from "../system/prometheus.testing.ts";
import { seededRandom } from "../system/random.testing.ts";
import type { RealLab } from "../system/real-lab.testing.ts";
import { startRealLab } from "../system/real-lab.testing.ts";
import type { Rest } from "../system/rest.testing.ts";
import { restClient, sample } from "../system/rest.testing.ts";
import { runWorkload } from "../system/workload.testing.ts";
import { createObjectId } from "../video/object-id.ts";
import { readLabDashboards, readLabRules } from "./deployed.ts";
import { readTelemetryReference } from "./telemetry-reference.ts";

describeWith(serverVariables, "monitoring of the lab under load", () => {
  let servers: OwnServers;
  let lab: RealLab;
  let rest: Rest;
  let monitoring: Monitoring;
  let load: Promise<unknown>;
  const enough = Promise.withResolvers<void>();

  beforeAll(async () => {
    servers = await startOwnServers();
    lab = await startRealLab({ env: { ...servers.env, TRANSCODER_MOCK_DELAY: "50ms" } });
    rest = restClient(lab);
    monitoring = await startMonitoring(lab);
    load = Promise.all([
      runWorkload({
        ...{ rest, uploads: 1, clients: 2, random: seededRandom(1), pauseMs: 50 },
        until: enough.promise,
      }),
      callWrongly(),
    ]);
    await poisonTopic();
    await stopMongoUntilEventsAreRetried();
  }, 120_000);

  afterAll(async () => {
    enough.resolve();
    await load;
    await monitoring?.close();
    await lab?.close();
    await servers?.stop();
  }, 60_000);

  describe.each(readLabDashboards())("$file", ({ dashboard }) => {
    test("has data in every panel", async () => {
      await expectAnswers(
        panelQueries(dashboard).map(({ where, expression }) => ({
          where,
          expression: resolveVariables(expression, dashboard),
        })),
        monitoring.query,
      );
    });

    test("has values for every variable, and asks for annotations that can be", async () => {
      await expectAnswers(
        [
          ...variableSelectors(dashboard).map(({ where, expression }) => ({
            where,
            expression: resolveVariables(expression, dashboard),
          })),
          // A restart is an event: what is asked for must be there without one.
          ...annotationQueries(dashboard).map(({ where, expression }) => ({
            where,
            expression: withoutThresholds(expression),
          })),
        ],
        monitoring.query,
      );
    });
  });

  test("every rule looks at data", async () => {
    await expectAnswers(
      readLabRules().map(({ alert, record, expr }) => ({
        where: alert ?? record ?? "",
        expression: alert === undefined ? expr : withoutThresholds(expr),
      })),
      monitoring.query,
    );
  });

  test("every alert can be evaluated", async () => {
    for (const { alert, expr } of readLabRules()) {
      if (alert !== undefined) await monitoring.query(expr);
    }
  });

  test("docs/telemetry.md has every metric that a process shows, and no other", async () => {
    const shown = new Map<string, { type: string; labels: Set<string> }>();
    for (const name of lab.names) {
      const text = await (await fetch(`${lab.url(name, "metrics")}/metrics`)).text();
      for (const [metric, about] of readExposition(text)) {
        const known = shown.get(metric) ?? about;
        shown.set(metric, known);
        expect(about.type, metric).toBe(known.type);
        for (const label of about.labels) known.labels.add(label);
      }
    }
    const reference = readTelemetryReference();
    expect([...shown].map(([name, { type }]) => `${name} ${type}`).sort()).toEqual(
      reference.map(({ name, type }) => `${name} ${type}`).sort(),
    );
    for (const { name, labels } of reference) {
      const undocumented = [...(shown.get(name)?.labels ?? [])].filter(
        (label) => !labels.includes(label),
      );
      expect.soft(undocumented, `labels of ${name}`).toEqual([]);
    }
  });

  /** What clients do wrong, all the time: the lab refuses it, and counts it. */
  async function callWrongly(): Promise<void> {
    let ended = false;
    enough.promise.then(() => {
      ended = true;
    });
    while (!ended) {
      await rest.video("0".repeat(24));
      await rest.comment("0".repeat(24), "on no video");
      await rest.upload(new Uint8Array(0));
      await breakOffUpload();
      await sleep(100);
    }
  }

  async function breakOffUpload(): Promise<void> {
    const abort = new AbortController();
    const boundary = "lab";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.concat([Buffer.from(head), sample])),
      // The rest never comes.
      pull: () =>
        new Promise<void>((resolve) => setTimeout(resolve, 100)).then(() => abort.abort()),
    });
    const request: RequestInit = {
      ...{ method: "POST", body, duplex: "half", signal: abort.signal },
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    };
    await fetch(`${lab.url("video-gateway", "HTTP")}/v1/videos`, request).catch(() => {});
  }

  /** A record that no handler can read, which becomes a dead letter. */
  async function poisonTopic(): Promise<void> {
    await sendEvent(new Uint8Array([7]));
  }

  async function stopMongoUntilEventsAreRetried(): Promise<void> {
    await servers.mongo.kill();
    // By hand, as the outbox is away too.
    const event = create(HandleVideoCreatedRequestSchema, { id: createObjectId(), scale: 360 });
    await sendEvent(toBinary(HandleVideoCreatedRequestSchema, event));
    await vi.waitFor(
      async () => {
        const retries = await monitoring.query("kafkakit_consumer_retries_total > 0");
        const lines = lab.lines.filter(({ name }) => name === "video-stream");
        const said = lines.map(({ line }) => line).join("\n");
        expect(retries, `video-stream retries nothing:\n${said}`).not.toEqual([]);
      },
      { timeout: 60_000, interval: 250 },
    );
    await servers.mongo.start();
    await lab.ready();
  }

  async function sendEvent(value: Uint8Array): Promise<void> {
    const brokers = (servers.env.KAFKA_PRODUCER_ADDRS ?? "").split(",");
    const app = createKafkaApp({ driver: kafkajs({ brokers }) });
    const run = await app.start();
    await app.producer.sendRaw([{ topic: "video", key: "by hand", value }]);
    await run.stop();
  }
});

/** Metrics of a text in Prometheus' format, with type and labels, `le` aside. */
function readExposition(text: string): Map<string, { type: string; labels: Set<string> }> {
  const metrics = new Map<string, { type: string; labels: Set<string> }>();
  let current = { type: "", labels: new Set<string>() };
  for (const line of text.split("\n")) {
    const [, name, type = ""] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (name !== undefined) {
      current = { type, labels: new Set() };
      expect(metrics.has(name), `${name} is there twice`).toBe(false);
      metrics.set(name, current);
    }
    for (const [, label = ""] of line.matchAll(/[{,](\w+)="/g)) {
      if (label !== "le") current.labels.add(label);
    }
  }
  return metrics;
}
