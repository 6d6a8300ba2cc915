// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { commentApiVariables } from "../comment/config.ts";
import { commentGatewayVariables } from "../gateway/config.ts";
import type { Address } from "../kit/address.ts";
import type { Variable } from "../kit/config.ts";
import { serviceVariables } from "../kit/service-variables.ts";
import type { Dockerfile } from "./dockerfile.ts";
import { lastOf, lineage } from "./dockerfile.ts";

export interface ImageFacts {
  /** The version of Node that the tests run on. */
  readonly nodeVersion: string;
  /** Files of the bundle. */
  readonly bundled: readonly string[];
  /** Whether a path of the build context is there. */
  readonly isThere: (path: string) => boolean;
}

/** Faults of the Dockerfile: files that are not there, ports, users and versions that do not fit. */
export function faultsOfDockerfile(dockerfile: Dockerfile, facts: ImageFacts): string[] {
  const finals = dockerfile.stages.filter(
    ({ name }) => name !== "build" && !dockerfile.stages.some(({ from }) => from === name),
  );
  return [
    ...faultsOfVersion(dockerfile, facts.nodeVersion),
    ...dockerfile.stages.flatMap(({ name, instructions }) =>
      instructions
        .filter(({ keyword }) => keyword === "COPY" || keyword === "RUN")
        .flatMap(({ keyword, value }) =>
          keyword === "COPY" ? copiedPaths(value) : scriptsIn(value),
        )
        .filter((path) => !facts.isThere(path))
        .map((path) => `${name}: '${path}' is not in the build context`),
    ),
    ...finals.flatMap(({ name }) => faultsOfFinal(dockerfile, name, facts)),
  ];
}

function faultsOfVersion({ args, stages }: Dockerfile, nodeVersion: string): string[] {
  const version = args.get("NODE_VERSION");
  const bases = stages.map(({ from }) => from).filter((from) => from.includes("/"));
  return [
    ...(version === nodeVersion ? [] : [`Node is ${version}, the tests run on ${nodeVersion}`]),
    ...bases
      .filter((base) => !/:[^:/]*\d/.test(base))
      .map((base) => `'${base}' is not pinned to a version`),
  ];
}

function copiedPaths(value: string): string[] {
  return value.startsWith("--from=") ? [] : value.split(/\s+/).slice(0, -1);
}

function scriptsIn(value: string): string[] {
  return value.match(/(?<=\s)[\w./-]+\.ts(?=\s|$)/g) ?? [];
}

function faultsOfFinal(dockerfile: Dockerfile, name: string, facts: ImageFacts): string[] {
  const instructions = lineage(dockerfile, name);
  const faults: string[] = [];
  const [uid = ""] = (lastOf(instructions, "USER") ?? "").split(":");
  // Kubernetes cannot tell whether a name is root.
  if (!/^[1-9]\d*$/.test(uid)) faults.push(`its user '${uid}' is no number other than 0`);

  const commands = [lastOf(instructions, "ENTRYPOINT"), lastOf(instructions, "HEALTHCHECK")];
  for (const command of commands) {
    const [script] = /[\w-]+\.mjs/.exec(command ?? "") ?? [];
    if (script === undefined || !facts.bundled.includes(script)) {
      faults.push(`'${command}' runs nothing that is in the bundle`);
    }
  }
  const exposed = (lastOf(instructions, "EXPOSE") ?? "").split(" ").map(Number);
  const listened = [
    portOf(commentApiVariables.GRPC_ADDR),
    portOf(commentGatewayVariables.HTTP_ADDR),
    portOf(serviceVariables("").METER_ADDR),
  ];
  if (`${exposed}` !== `${listened}`) faults.push(`exposes ${exposed}, listens on ${listened}`);
  return faults.map((fault) => `${name}: ${fault}`);
}

function portOf(variable: Variable<Address>): number {
  return variable.parse(variable.default ?? "").port;
}
