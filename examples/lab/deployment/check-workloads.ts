// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LabProcess } from "./lab-process.ts";
import { calledBy, isLabImage, labProcessOf, readLabProcess } from "./lab-process.ts";
import type { Deployment, Probe, Workload } from "./workload.ts";

/**
 * Faults that keep a deployment from working, each with its place: processes that the image has
 * not, variables that a process does not read or cannot parse, addresses where nobody listens,
 * ports and probes that miss their process, stops that are cut short.
 */
export function faultsOf(deployment: Deployment): string[] {
  return deployment.workloads.flatMap((workload) => {
    const faults = isLabImage(workload.image)
      ? faultsOfLabProcess(workload, deployment)
      : faultsOfPorts(workload, serverPorts(workload));
    return faults.map((fault) => `${workload.where}: ${fault}`);
  });
}

function faultsOfLabProcess(workload: Workload, deployment: Deployment): string[] {
  let process: LabProcess;
  try {
    process = readLabProcess(workload);
  } catch (error) {
    return [(error as Error).message];
  }
  return [
    ...faultsOfCalls(workload, deployment),
    ...faultsOfPorts(workload, [...process.listens.values()]),
    ...faultsOfProbes(workload, process),
    ...faultsOfStop(workload, process),
    ...(workload.memoryBytes === undefined ? ["it has no memory limit"] : []),
  ];
}

function faultsOfCalls(workload: Workload, deployment: Deployment): string[] {
  return calledBy(workload).flatMap(({ variable, address: { host, port } }) => {
    const endpoint = deployment.endpoint(host, port);
    if (endpoint === undefined) return [`${variable} names ${host}:${port}, which is nowhere`];
    if (portsOf(endpoint.workload).includes(endpoint.port)) return [];
    return [`${variable} names ${host}:${port}, where ${endpoint.workload.name} does not listen`];
  });
}

/** The ports that a workload listens on, in its container. */
export function portsOf(workload: Workload): readonly number[] {
  if (!isLabImage(workload.image)) return serverPorts(workload);
  return [...(labProcessOf(workload)?.listens.values() ?? [])];
}

const knownPorts: Readonly<Record<string, number>> = {
  alertmanager: 9093,
  grafana: 3000,
  mongo: 27017,
  postgres: 5432,
  prometheus: 9090,
  redis: 6379,
};

/** What images of others listen on: by their settings where these say so, else by their nature. */
function serverPorts({ image, command, env }: Workload): number[] {
  const name = /([^/:]+)(:[^/]*)?$/.exec(image)?.[1] ?? "";
  if (name === "kafka") return [...(env.KAFKA_LISTENERS ?? "").matchAll(/:(\d+)/g)].map(second);
  if (name === "versitygw") {
    return [...(command[command.indexOf("--port") + 1] ?? "").matchAll(/:(\d+)/g)].map(second);
  }
  return knownPorts[name] === undefined ? [] : [knownPorts[name]];
}

function second(match: RegExpExecArray): number {
  return Number(match[1]);
}

function faultsOfPorts({ ports }: Workload, listens: readonly number[]): string[] {
  return [...ports]
    .filter(([, port]) => !listens.includes(port))
    .map(([name, port]) => `port ${name} leads to ${port}, where it does not listen`);
}

function faultsOfProbes(workload: Workload, process: LabProcess): string[] {
  const { probes, isJob } = workload;
  if (isJob) return [];
  if (probes.length === 0) return ["nothing asks whether it works"];
  return probes.flatMap((probe) => faultsOfProbe(probe, process));
}

const probePaths = ["/healthz", "/readyz"];

function faultsOfProbe(probe: Probe, { listens }: LabProcess): string[] {
  if (probe.kind === "command") {
    const [program, script, path = "/healthz", ...rest] = probe.command;
    const known = program === "node" && script === "healthcheck.mjs" && probePaths.includes(path);
    return known && rest.length === 0 ? [] : [`no health check is '${probe.command.join(" ")}'`];
  }
  const { port } = probe;
  if (probe.kind === "tcp") {
    return [...listens.values()].includes(port) ? [] : [`a probe asks port ${port}`];
  }
  const answers = listens.get("METER_ADDR") === port && probePaths.includes(probe.path);
  return answers ? [] : [`a probe asks ${port}${probe.path}, where it does not answer`];
}

function faultsOfStop({ stopMs, isJob }: Workload, { config }: LabProcess): string[] {
  const gracefulMs = Number(config.GRACEFUL_TIMEOUT);
  if (isJob || (stopMs !== undefined && stopMs > gracefulMs)) return [];
  return [`it is killed after ${stopMs} ms, within its GRACEFUL_TIMEOUT of ${gracefulMs} ms`];
}
