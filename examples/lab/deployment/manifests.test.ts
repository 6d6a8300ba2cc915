// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { faultsOfManifests, partitionsOf, topicsOf } from "./check-manifests.ts";
import { faultsOf } from "./check-workloads.ts";
import { isLabImage, readLabProcess } from "./lab-process.ts";
import { composeDeployment, readCompose } from "./read-compose.ts";
import type { Manifest } from "./read-manifests.ts";
import { kubernetesDeployment, readKustomization, selectedBy } from "./read-manifests.ts";

const folder = "deploy/kubernetes";
const all = [
  ...readKustomization(`${folder}/base`),
  ...readKustomization(`${folder}/components/autoscaling`),
  ...readKustomization(`${folder}/components/monitoring`),
];
const { workloads } = kubernetesDeployment(all, "");

function allFaults(manifests: readonly Manifest[]): string[] {
  const deployment = kubernetesDeployment(manifests, "kubernetes");
  return [...faultsOf(deployment), ...faultsOfManifests(manifests)];
}

/** The objects with a text in them changed, wherever it is. */
function changed(from: string, to: string): Manifest[] {
  const text = JSON.stringify(all);
  if (!text.includes(from)) throw new Error(`Cannot find '${from}' in the manifests`);
  return JSON.parse(text.replaceAll(from, to));
}

describe("deploy/kubernetes", () => {
  test("has no faults", () => {
    expect(allFaults(all)).toEqual([]);
  });

  test("runs every process of the image, as compose.yaml does", () => {
    const compose = composeDeployment(readCompose("compose.yaml"), "");
    const names = (all: typeof workloads) =>
      all.filter(({ image }) => isLabImage(image)).map(({ command }) => command.join(" "));
    expect(names(workloads).sort()).toEqual(names(compose.workloads).sort());
  });

  test("runs the servers that compose.yaml runs, in the same versions", () => {
    const compose = readCompose("compose.yaml").services;
    for (const { name, image } of workloads.filter(({ image }) => !isLabImage(image))) {
      expect({ name, image }).toEqual({ name, image: compose[name]?.image });
    }
  });

  test("monitors every process that serves", () => {
    const monitored = all
      .filter(({ kind }) => kind === "PodMonitor")
      .flatMap(({ spec }) => selectedBy(spec.selector.matchLabels, all))
      .map(({ metadata }) => metadata.name);
    const serving = workloads.filter(({ image, isJob }) => isLabImage(image) && !isJob);
    expect(monitored.sort()).toEqual(serving.map(({ name }) => name).sort());
  });

  test("makes the topics that the processes use", () => {
    const find = (name: string) => workloads.find((workload) => workload.name === name);
    const [topics, stream, kafka] = [find("kafka-topics"), find("video-stream"), find("kafka")];
    if (!topics || !stream || !kafka) throw new Error("Cannot find the workloads of Kafka");
    const { KAFKA_CONSUMER_TOPIC: topic } = readLabProcess(stream).config;
    expect(topicsOf(topics)).toEqual([topic, `${topic}.dlq`]);
    expect(`${partitionsOf(topics)}`).toBe(kafka.env.KAFKA_NUM_PARTITIONS);
  });

  test("keeps every container from being root or writing to its image where that is ours to say", () => {
    for (const { spec, metadata } of all.filter(({ spec }) => spec?.template)) {
      const pod = spec.template.spec;
      const [container] = pod.containers;
      expect.soft(pod.securityContext.runAsNonRoot, metadata.name).toBe(true);
      expect.soft(container.securityContext.allowPrivilegeEscalation, metadata.name).toBe(false);
      // Names of Services would become variables such as KAFKA_PORT, which the broker reads.
      expect.soft(pod.enableServiceLinks, metadata.name).toBe(false);
      if (!isLabImage(container.image)) continue;
      expect.soft(container.securityContext.readOnlyRootFilesystem, metadata.name).toBe(true);
    }
  });

  test("spares what another video-api still uploads", () => {
    const apis = all.filter(
      ({ metadata, kind }) => kind === "Deployment" && metadata.name === "video-api",
    );
    expect(apis[0]?.spec.replicas).toBeGreaterThan(1);
    const [api] = workloads.filter(({ name }) => name === "video-api");
    if (api === undefined) throw new Error("Cannot find video-api");
    expect(readLabProcess(api).config.SWEEP_AGE).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe("faults of manifests", () => {
  test.each([
    ["a process that is none", '"args":["video-api"]', '"args":["video"]', "no process 'video'"],
    ["a variable that nobody reads", '"REDIS_ADDR"', '"REDIS_URL"', "reads no REDIS_URL"],
    ["a value that cannot be read", '"24h"', '"1d"', "Malformed SWEEP_AGE"],
    ["a host that is none", '"value":"redis:6379"', '"value":"cache:6379"', "nowhere"],
    ["a port that no Service has", '"value":"redis:6379"', '"value":"redis:6380"', "nowhere"],
    [
      "a secret's address",
      btoa("postgres://postgres:labwire@postgres:5432/postgres?sslmode=disable"),
      btoa("postgres://pg:5432"),
      "POSTGRES_URL names pg:5432",
    ],
    [
      "a Service that selects nothing",
      '"selector":{"app":"video-api"}',
      '"selector":{"app":"api"}',
      "port 8081 leads nowhere",
    ],
    [
      "a target that no container names",
      '"targetPort":"grpc"',
      '"targetPort":"rpc"',
      "leads nowhere",
    ],
    [
      "a container's port",
      '"containerPort":8081',
      '"containerPort":8082',
      "where it does not listen",
    ],
    [
      "a container's port of a server",
      '"containerPort":9092',
      '"containerPort":9095',
      "leads to 9095",
    ],
    [
      "the port of a probe",
      '"path":"/healthz","port":"metrics"',
      '"path":"/healthz","port":"grpc"',
      "where it does not answer",
    ],
    [
      "the path of a probe",
      '"path":"/readyz"',
      '"path":"/ready"',
      "/ready, where it does not answer",
    ],
    [
      "too short a stop",
      '"terminationGracePeriodSeconds":20',
      '"terminationGracePeriodSeconds":10',
      "killed after 10000 ms",
    ],
    ["no memory limit", ',"limits":{"memory":"192Mi"}', "", "no memory limit"],
    [
      "a budget of nothing",
      '"maxUnavailable":1,"selector":{"matchLabels":{"app":"video',
      '"maxUnavailable":1,"selector":{"matchLabels":{"app":"video-',
      "it selects nothing",
    ],
    [
      "a monitor's port",
      '"port":"metrics","path":"/metrics"',
      '"port":"http","path":"/metrics"',
      "has no metrics",
    ],
    [
      "a monitor's path",
      '"path":"/metrics","interval"',
      '"path":"/metric","interval"',
      "has no metrics",
    ],
    ["a monitor's job", '"replacement":"video-api"', '"replacement":"videos"', "job 'videos'"],
    ["the topic of the scaling", '"topic":"video"', '"topic":"videos"', "topic is videos"],
    [
      "the group of the scaling",
      '"consumerGroup":"video-stream"',
      '"consumerGroup":"stream"',
      "consumerGroup is stream",
    ],
    [
      "the broker of the scaling",
      '"bootstrapServers":"kafka:9092"',
      '"bootstrapServers":"kafka:29092"',
      "bootstrapServers",
    ],
    ["more consumers than partitions", '"maxReplicaCount":4', '"maxReplicaCount":8', "8 share 4"],
    [
      "what is scaled",
      '"scaleTargetRef":{"name":"video-stream"}',
      '"scaleTargetRef":{"name":"stream"}',
      "it scales nothing",
    ],
  ])("names %s", (_, from, to, fault) => {
    expect(allFaults(changed(from, to)).join("\n")).toContain(fault);
  });

  test("kubernetesDeployment() names the secret that is missing", () => {
    const manifests = changed('"key":"MINIO_PASSWORD"', '"key":"MINIO_SECRET"');
    expect(() => kubernetesDeployment(manifests, "")).toThrow(
      "Cannot find 'MINIO_SECRET' in Secret 'lab-secrets', for ROOT_SECRET_KEY",
    );
  });
});
