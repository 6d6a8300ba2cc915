// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { Deployment, Probe, Workload } from "./workload.ts";
import { parseBytes } from "./workload.ts";

/** An object of Kubernetes, as far as ours use the format. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: the schemas of Kubernetes judge the shape.
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}

type Labels = Readonly<Record<string, string>>;

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly secretGenerator?: readonly { readonly name: string; readonly envs: readonly string[] }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVariable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: { readonly limits?: { readonly memory?: string } };
}

interface EnvVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

/** All objects of a YAML text, such as `kustomize build` writes. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

/** The objects that a folder's kustomization names, its secrets made, but nothing patched. */
export function readKustomization(folder: string): Manifest[] {
  const kustomization: Kustomization = parse(
    readFileSync(join(folder, "kustomization.yaml"), "utf8"),
  );
  const { resources = [], components = [], secretGenerator = [] } = kustomization;
  const named = [...resources, ...components].flatMap((name) =>
    name.endsWith(".yaml")
      ? parseManifests(readFileSync(join(folder, name), "utf8"))
      : readKustomization(join(folder, name)),
  );
  const secrets = secretGenerator.map(({ name, envs }): Manifest => {
    const lines = envs.flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
    const data = lines.filter(Boolean).map((line): [string, string] => {
      const [key = "", value = ""] = line.split(/=(.*)/s);
      return [key, Buffer.from(value).toString("base64")];
    });
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      data: Object.fromEntries(data),
    };
  });
  return [...named, ...secrets];
}

/** What the objects start, and which Services lead to it. */
export function kubernetesDeployment(manifests: readonly Manifest[], where: string): Deployment {
  const secrets = new Map(
    manifests.flatMap(({ kind, metadata, data }) =>
      kind === "Secret" ? [[metadata.name, data ?? {}] as const] : [],
    ),
  );
  const workloads = manifests.filter(startsPods).map((manifest): Workload => {
    const { name } = manifest.metadata;
    const pod = manifest.spec.template.spec;
    const container: Container = pod.containers[0];
    const ports = new Map((container.ports ?? []).map((port) => [port.name, port.containerPort]));
    const { command = [], args = [], resources } = container;
    const memory = resources?.limits?.memory;
    const stopSeconds: number | undefined = pod.terminationGracePeriodSeconds;
    return {
      where: `${where}: ${manifest.kind} ${name}`,
      name,
      image: container.image,
      command: [...command, ...args],
      env: Object.fromEntries(
        (container.env ?? []).map((variable) => [variable.name, valueIn(variable, secrets)]),
      ),
      ports,
      probes: probesOf(container, ports),
      stopMs: stopSeconds === undefined ? undefined : stopSeconds * 1000,
      memoryBytes: memory === undefined ? undefined : parseBytes(memory),
      isJob: manifest.kind === "Job",
    };
  });
  return {
    workloads,
    endpoint: (host, port) => {
      const service = manifests.find(
        ({ kind, metadata }) => kind === "Service" && metadata.name === host,
      );
      const target = service?.spec.ports.find((entry: { port: number }) => entry.port === port);
      const [selected] = selectedBy(service?.spec.selector, manifests);
      const workload = workloads.find(({ name }) => name === selected?.metadata.name);
      const containerPort = workload?.ports.get(target?.targetPort);
      return workload && containerPort ? { workload, port: containerPort } : undefined;
    },
  };
}

function startsPods({ kind }: Manifest): boolean {
  return ["Deployment", "StatefulSet", "Job"].includes(kind);
}

/** The objects that start pods with all of these labels. No labels select nothing here. */
export function selectedBy(labels: Labels | undefined, manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(startsPods).filter(({ spec }) => {
    const own: Labels = spec.template.metadata.labels;
    const wanted = Object.entries(labels ?? {});
    return wanted.length > 0 && wanted.every(([name, value]) => own[name] === value);
  });
}

/** A Secret's value, by the name that it has before or after kustomize adds a hash. */
function valueIn(variable: EnvVariable, secrets: ReadonlyMap<string, Labels>): string {
  const reference = variable.valueFrom?.secretKeyRef;
  if (reference === undefined) return variable.value ?? "";
  const encoded = secrets.get(reference.name)?.[reference.key];
  if (encoded === undefined) {
    throw new Error(
      `Cannot find '${reference.key}' in Secret '${reference.name}', for ${variable.name}`,
    );
  }
  return Buffer.from(encoded, "base64").toString();
}

// biome-ignore lint/suspicious/noExplicitAny: the schemas of Kubernetes judge the shape.
function probesOf(container: any, ports: ReadonlyMap<string, number>): Probe[] {
  return ["startupProbe", "livenessProbe", "readinessProbe"].flatMap((name): Probe[] => {
    const { httpGet, tcpSocket, exec } = container[name] ?? {};
    const port = ports.get(httpGet?.port ?? tcpSocket?.port) ?? 0;
    if (httpGet) return [{ kind: "http", port, path: httpGet.path }];
    if (tcpSocket) return [{ kind: "tcp", port }];
    return exec ? [{ kind: "command", command: exec.command }] : [];
  });
}
