// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { describeWith } from "@labwire/servers/testing";
import { Kafka, logLevel } from "kafkajs";
import { expect, onTestFinished, test, vi } from "vitest";
import { emptyPostgresDatabase } from "../comment/postgres.testing.ts";
import { freshMongo } from "../video/mongo.testing.ts";
import { freshBucket } from "../video/objects/objects.s3.testing.ts";
import { getJson, runLab, temporaryDataDir, uploadSample } from "./lab.testing.ts";

const servers = [
  ...["KAFKA_ADDRS", "POSTGRES_URL", "MONGO_URL", "REDIS_ADDR"],
  ...["MINIO_ENDPOINT", "MINIO_USERNAME", "MINIO_PASSWORD"],
] as const;

describeWith(servers, "npm start -- --real", (env) => {
  test("runs the services, two video-streams among them, on the servers of the environment, and stops on Ctrl-C", async () => {
    const data = temporaryDataDir();
    onTestFinished(data.remove);
    const name = `real-${randomUUID()}`;
    onTestFinished(() => deleteTopic(env.KAFKA_ADDRS, name));
    const { bucket } = freshBucket(env);
    const lab = await runLab({
      dataDir: data.path,
      real: true,
      env: {
        ...env,
        ...freshMongo(env.MONGO_URL).address,
        POSTGRES_URL: await emptyPostgresDatabase(env.POSTGRES_URL),
        MINIO_BUCKET: bucket,
        KAFKA_PRODUCER_ADDRS: env.KAFKA_ADDRS,
        KAFKA_CONSUMER_ADDRS: env.KAFKA_ADDRS,
        KAFKA_PRODUCER_TOPIC: name,
        KAFKA_CONSUMER_TOPIC: name,
        KAFKA_CONSUMER_GROUP: name,
        TRANSCODER_MOCK_DELAY: "50ms",
        LAB_STREAMS: "2",
      },
    });
    onTestFinished(async () => void (await lab.stop()));
    const id = await uploadSample(lab);

    const video = await vi.waitFor(
      async () => {
        const answer = await getJson(`${lab.url("video-gateway", "HTTP")}/v1/videos/${id}`);
        expect(answer).toMatchObject({ status: "success" });
        return answer;
      },
      { timeout: 20_000, interval: 100 },
    );
    const code = await lab.stop("SIGINT");

    expect(video).toMatchObject({ url: `${env.MINIO_ENDPOINT}/${bucket}/${id}-sample.mp4` });
    expect(lab.lines.some((line) => line.startsWith("video-stream-2 "))).toBe(true);
    expect(lab.lines.some((line) => line.startsWith("kafka "))).toBe(false);
    expect(code).toBe(0);
  }, 90_000);
});

async function deleteTopic(broker: string, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}
