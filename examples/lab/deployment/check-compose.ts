// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ComposeFile, ComposeService } from "./read-compose.ts";

export interface ComposeFacts {
  /** Whether a path of the repository is there. */
  readonly isThere: (path: string) => boolean;
  /** Stages of the Dockerfile. */
  readonly stages: readonly string[];
}

/** Faults of a compose file beside those of its processes: order of start, mounts, builds. */
export function faultsOfCompose(file: ComposeFile, facts: ComposeFacts): string[] {
  return Object.entries(file.services).flatMap(([name, service]) =>
    [
      ...faultsOfOrder(service, file),
      ...faultsOfMounts(service, file, facts),
      ...faultsOfBuild(service, facts),
      ...faultsOfPublishing(service),
    ].map((fault) => `${name}: ${fault}`),
  );
}

function faultsOfOrder({ depends_on = {} }: ComposeService, { services }: ComposeFile): string[] {
  return Object.entries(depends_on).flatMap(([other, { condition }]) => {
    const service = services[other];
    if (service === undefined) return [`waits for '${other}', which is no service`];
    const ends = service.restart === "no";
    const isAsked = service.healthcheck !== undefined && !service.healthcheck.disable;
    if (condition === "service_healthy" && !isAsked) {
      return [`waits for the health of '${other}', which nobody asks`];
    }
    if (condition === "service_completed_successfully" && !ends) {
      return [`waits for the end of '${other}', which does not end`];
    }
    return ends && condition !== "service_completed_successfully"
      ? [`does not wait for the end of '${other}'`]
      : [];
  });
}

function faultsOfMounts(
  { volumes = [] }: ComposeService,
  file: ComposeFile,
  { isThere }: ComposeFacts,
): string[] {
  return volumes.flatMap((volume) => {
    const [source = "", , mode = ""] = volume.split(":");
    if (!source.startsWith("./")) {
      return Object.hasOwn(file.volumes ?? {}, source) ? [] : [`no volume is named '${source}'`];
    }
    if (!isThere(source)) return [`mounts '${source}', which is not there`];
    // Without the z SELinux keeps the container from reading what the host mounts.
    return mode === "ro,z" ? [] : [`mounts '${source}' as '${mode}', not as 'ro,z'`];
  });
}

function faultsOfBuild({ build }: ComposeService, { isThere, stages }: ComposeFacts): string[] {
  if (build === undefined) return [];
  return [
    ...(isThere(build.dockerfile) ? [] : [`'${build.dockerfile}' is not there`]),
    ...(stages.includes(build.target) ? [] : [`no stage is named '${build.target}'`]),
  ];
}

function faultsOfPublishing({ ports = [] }: ComposeService): string[] {
  return ports
    .filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))
    .map((port) => `publishes ${port} to more than this machine`);
}
