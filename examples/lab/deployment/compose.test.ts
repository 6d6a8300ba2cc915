// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig } from "../kit/config.ts";
import { realServerVariables } from "../launcher/config.ts";
import { wellKnownPorts } from "../launcher/ports.ts";
import { faultsOfCompose } from "./check-compose.ts";
import { partitionsOf, topicsOf } from "./check-manifests.ts";
import { faultsOf } from "./check-workloads.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { calledBy, readLabProcess } from "./lab-process.ts";
import type { ComposeFile } from "./read-compose.ts";
import { composeDeployment, parseCompose, readCompose } from "./read-compose.ts";
import type { Workload } from "./workload.ts";

const dockerfile = parseDockerfile(readFileSync("deploy/docker/Dockerfile", "utf8"));
const facts = { isThere: existsSync, stages: dockerfile.stages.map(({ name }) => name) };
const main = readCompose("compose.yaml");

function allFaults(file: ComposeFile): string[] {
  return [...faultsOf(composeDeployment(file, "compose")), ...faultsOfCompose(file, facts)];
}

/** The file with a text in it changed, wherever it is. */
function changed(from: string, to: string): ComposeFile {
  const { services, volumes } = main;
  const text = JSON.stringify({ services, volumes });
  if (!text.includes(from)) throw new Error(`Cannot find '${from}' in compose.yaml`);
  return JSON.parse(text.replaceAll(from, to));
}

function workload(name: string, file = main): Workload {
  const found = composeDeployment(file, "").workloads.find((one) => one.name === name);
  if (found === undefined) throw new Error(`Cannot find service '${name}'`);
  return found;
}

describe("compose.yaml", () => {
  test.each([
    ["compose.yaml"],
    ["compose.yaml", "deploy/compose/servers.yaml"],
    ["compose.yaml", "deploy/compose/ffmpeg.yaml"],
  ])("has no faults with %s %s", (...files) => {
    expect(allFaults(readCompose(...files))).toEqual([]);
  });

  test("publishes the ports of `npm start`", () => {
    const published = Object.values(main.services)
      .flatMap(({ ports = [] }) => ports)
      .map((port) => Number(port.split(":")[1]));
    const { kafka, commentApi, videoApi, objects, commentGateway, videoGateway } =
      wellKnownPorts(1);
    const lab = [kafka, commentApi, videoApi, objects, commentGateway, videoGateway];
    expect(published.sort()).toEqual([...lab, 9090, 9093, 3000].sort());
  });

  test("starts a part with what it needs and no more", () => {
    const started = new Set<string>();
    const start = (name: string): void => {
      started.add(name);
      Object.keys(main.services[name]?.depends_on ?? {}).forEach(start);
    };
    for (const name of ["comment-api", "comment-gateway", "prometheus"]) start(name);
    const needed = ["comment-api", "comment-gateway", "comment-migration"];
    expect([...started].sort()).toEqual([...needed, "postgres", "prometheus", "redis"]);
  });

  test("makes the topics that the processes use, with as many partitions as others get", () => {
    const { config } = readLabProcess(workload("video-stream"));
    const made = topicsOf(workload("kafka-topics"));
    expect(made).toEqual([config.KAFKA_CONSUMER_TOPIC, `${config.KAFKA_CONSUMER_TOPIC}.dlq`]);
    expect(config.KAFKA_PRODUCER_TOPIC).toBe(config.KAFKA_CONSUMER_TOPIC);
    const { KAFKA_NUM_PARTITIONS } = workload("kafka").env;
    expect(partitionsOf(workload("kafka-topics"))).toBe(Number(KAFKA_NUM_PARTITIONS));
  });

  test("gives servers and those that call them the same passwords", () => {
    const { env } = workload("video-api");
    expect(workload("s3").env).toEqual({
      ROOT_ACCESS_KEY: env.MINIO_USERNAME,
      ROOT_SECRET_KEY: env.MINIO_PASSWORD,
    });
    const urls = [workload("comment-api").env.POSTGRES_URL];
    urls.push(workload("comment-migration").env.MIGRATION_URL);
    for (const url of urls) {
      expect(new URL(url ?? "").password).toBe(workload("postgres").env.POSTGRES_PASSWORD);
    }
  });
});

describe("deploy/README.md", () => {
  test("exports what `npm start -- --real` needs to reach the servers in containers", () => {
    const text = readFileSync("deploy/README.md", "utf8");
    const exported = [...text.matchAll(/^export (\w+)='?([^'\n]+)'?$/gm)];
    const env = Object.fromEntries(exported.map(([, name = "", value = ""]) => [name, value]));
    expect(() => readConfig(realServerVariables, { env })).not.toThrow();

    const published = Object.values(
      readCompose("compose.yaml", "deploy/compose/servers.yaml").services,
    )
      .flatMap(({ ports = [] }) => ports)
      .map((port) => port.split(":").slice(0, 2).join(":"));
    for (const { variable, address } of calledBy({ ...workload("video-api"), env })) {
      expect.soft(published, variable).toContain(`${address.host}:${address.port}`);
    }
    const own = { ...workload("video-api").env, ...workload("comment-api").env };
    expect(env.MINIO_USERNAME).toBe(own.MINIO_USERNAME);
    expect(env.MINIO_PASSWORD).toBe(own.MINIO_PASSWORD);
    expect(env.POSTGRES_URL).toBe(own.POSTGRES_URL?.replace("@postgres:", "@127.0.0.1:"));
  });
});

describe("faults of a compose file", () => {
  test.each([
    ["a process that is none", '"command":["video-stream"]', '"command":["streamer"]', "streamer"],
    ["a variable that nobody reads", '"REDIS_ADDR"', '"REDIS_ADDRESS"', "reads no REDIS_ADDRESS"],
    ["a variable of another process", '"GRPC_SERVER_ADDR"', '"COMMENT_SERVER_ADDR"', "reads no"],
    [
      "a variable that is missing",
      '"MONGO_URL":"mongodb://mongo:27017/",',
      "",
      "Missing MONGO_URL",
    ],
    ["a value that cannot be read", "mongodb://mongo", "mongo://mongo", "Malformed MONGO_URL"],
    ["a flag that is none", '["video-api"]', '["video-api","--verbose=1"]', "--verbose"],
    ["a host that is none", "kafka:9092", "kafka-1:9092", "kafka-1:9092, which is nowhere"],
    ["a port of Kafka", '_ADDRS":"kafka:9092"', '_ADDRS":"kafka:9095"', "kafka does not listen"],
    ["a port of Redis", "redis:6379", "redis:6380", "where redis does not listen"],
    ["a port of PostgreSQL", "@postgres:5432", "@postgres:5433", "postgres does not listen"],
    ["a port of the S3 store", "http://s3:9000", "http://s3:9001", "s3 does not listen"],
    ["a port of a service", "video-api:8081", "video-api:8082", "video-api does not listen"],
    ["a published port", ":10080:8080", ":10080:8081", "leads to 8081, where it does not"],
    ["a published port of a server", ":9090:9090", ":9090:9091", "leads to 9091"],
    ["an open port", "127.0.0.1:10080", "0.0.0.0:10080", "to more than this machine"],
    ["a health check", '"healthcheck.mjs"', '"health.mjs"', "no health check is"],
    ["the path of a health check", '"/readyz"', '"/ready"', "no health check is"],
    ["too short a stop", '"stop_grace_period":"15s"', '"stop_grace_period":"10s"', "killed after"],
    ["no memory limit", '"mem_limit":"192m",', "", "no memory limit"],
    ["a mounted path", "./deploy/prometheus", "./deploy/prom", "'./deploy/prom', which is not"],
    ["a mount without SELinux's flag", ":ro,z", ":ro", "not as 'ro,z'"],
    ["a volume", "postgres:/var", "pg:/var", "no volume is named 'pg'"],
    ["a build", '"target":"lab"', '"target":"final"', "no stage is named 'final'"],
    ["a Dockerfile", "deploy/docker/Dockerfile", "Dockerfile", "'Dockerfile' is not there"],
    [
      "a wait for nobody",
      '"comment-migration":{"condition"',
      '"migration":{"condition"',
      "no service",
    ],
    [
      "a wait for what does not end",
      "service_healthy",
      "service_completed_successfully",
      "does not end",
    ],
    [
      "a wait for the start of a job",
      "service_completed_successfully",
      "service_started",
      "the end of",
    ],
    [
      "a wait for health unasked",
      "service_completed_successfully",
      "service_healthy",
      "nobody asks",
    ],
  ])("names %s", (_, from, to, fault) => {
    expect(allFaults(changed(from, to)).join("\n")).toContain(fault);
  });

  test("parseCompose() puts in default values and merges anchors", () => {
    const text =
      "x: &x {image: a}\nservices: {s: {<<: *x, command: ['$" + "{PORT:-80}', '$$HOME']}}";
    expect(parseCompose(text).services).toEqual({ s: { image: "a", command: ["80", "$HOME"] } });
  });
});
