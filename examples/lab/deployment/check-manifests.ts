// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { labProcessOf } from "./lab-process.ts";
import type { Manifest } from "./read-manifests.ts";
import { kubernetesDeployment, selectedBy } from "./read-manifests.ts";
import type { Workload } from "./workload.ts";

/** Partitions of the topic of the events, as what makes the topic says. */
export function partitionsOf({ command }: Workload): number {
  return Number(/--partitions (\d+)/.exec(command.join(" "))?.[1]);
}

/** Topics that a workload's command makes. */
export function topicsOf({ command }: Workload): string[] {
  return /for topic in ([^;]*);/.exec(command.join(" "))?.[1]?.split(" ") ?? [];
}

/** Faults of the objects that lead to processes: Services, budgets, monitors, scaling, routes. */
export function faultsOfManifests(manifests: readonly Manifest[]): string[] {
  const { workloads, endpoint } = kubernetesDeployment(manifests, "");
  const workload = (name: string) => workloads.find((candidate) => candidate.name === name);

  const checks: Readonly<Record<string, (manifest: Manifest) => string[]>> = {
    Service: ({ metadata, spec }) =>
      spec.ports
        .filter(({ port }: { port: number }) => !endpoint(metadata.name, port))
        .map(({ port }: { port: number }) => `port ${port} leads nowhere`),
    PodDisruptionBudget: ({ spec }) => faultsOfSelector(spec.selector.matchLabels),
    PodMonitor: ({ spec }) => [
      ...faultsOfSelector(spec.selector.matchLabels),
      ...selectedBy(spec.selector.matchLabels, manifests).flatMap(({ metadata }) =>
        faultsOfScrape(spec.podMetricsEndpoints[0], workload(metadata.name)),
      ),
    ],
    Ingress: ({ spec }) =>
      spec.rules.flatMap((rule: IngressRule) =>
        rule.http.paths.flatMap(({ backend: { service } }) => {
          const target = manifests.find(
            ({ kind, metadata }) => kind === "Service" && metadata.name === service.name,
          );
          const named = target?.spec.ports.some(
            ({ name }: { name: string }) => name === service.port.name,
          );
          return named ? [] : [`${service.name}:${service.port.name} is no Service`];
        }),
      ),
    ScaledObject: ({ spec }) =>
      faultsOfScaling(spec, workload(spec.scaleTargetRef.name), workload("kafka-topics")),
  };

  function faultsOfSelector(labels: Readonly<Record<string, string>>): string[] {
    return selectedBy(labels, manifests).length > 0 ? [] : ["it selects nothing"];
  }

  return manifests.flatMap((manifest) => {
    const faults = checks[manifest.kind]?.(manifest) ?? [];
    return faults.map((fault) => `${manifest.kind} ${manifest.metadata.name}: ${fault}`);
  });
}

interface IngressRule {
  readonly http: {
    readonly paths: readonly {
      readonly backend: {
        readonly service: { readonly name: string; readonly port: { readonly name: string } };
      };
    }[];
  };
}

interface PodMetricsEndpoint {
  readonly port: string;
  readonly path: string;
  readonly relabelings?: readonly { readonly targetLabel: string; readonly replacement: string }[];
}

function faultsOfScrape(
  { port, path, relabelings = [] }: PodMetricsEndpoint,
  workload: Workload | undefined,
): string[] {
  const process = workload && labProcessOf(workload);
  if (workload === undefined || process === undefined) return [];
  const { listens, config } = process;
  const { name } = workload;
  const fits = workload.ports.get(port) === listens.get("METER_ADDR") && path === config.METER_PATH;
  // Rules and dashboards ask for the job by the name of the service.
  const job = relabelings.find(({ targetLabel }) => targetLabel === "job")?.replacement;
  return [
    ...(fits ? [] : [`${name} has no metrics at port '${port}', path '${path}'`]),
    ...(job === name ? [] : [`${name} is scraped as the job '${job}'`]),
  ];
}

interface Scaling {
  readonly maxReplicaCount: number;
  readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[];
}

function faultsOfScaling(
  { maxReplicaCount, triggers }: Scaling,
  stream: Workload | undefined,
  topics: Workload | undefined,
): string[] {
  if (stream === undefined || topics === undefined) return ["it scales nothing"];
  const process = labProcessOf(stream);
  if (process === undefined) return [];
  const { config } = process;
  const wanted: Readonly<Record<string, unknown>> = {
    bootstrapServers: stream.env.KAFKA_CONSUMER_ADDRS,
    consumerGroup: config.KAFKA_CONSUMER_GROUP,
    topic: config.KAFKA_CONSUMER_TOPIC,
    // What one process works on at once is lag until it is done.
    lagThreshold: `${config.STREAM_CONCURRENCY}`,
  };
  const partitions = partitionsOf(topics);
  return [
    ...Object.entries(wanted)
      .filter(([name, value]) => triggers[0]?.metadata[name] !== value)
      .map(([name, value]) => `${name} is ${triggers[0]?.metadata[name]}, the process's ${value}`),
    ...(maxReplicaCount <= partitions ? [] : [`${maxReplicaCount} share ${partitions} partitions`]),
  ];
}
