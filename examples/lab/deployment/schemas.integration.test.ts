// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolPath } from "@labwire/servers";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { faultsOfManifests } from "./check-manifests.ts";
import { faultsOf } from "./check-workloads.ts";
import { hasGo, readModuleFile } from "./go-module.testing.ts";
import { readCompose } from "./read-compose.ts";
import type { Manifest } from "./read-manifests.ts";
import { kubernetesDeployment, parseManifests } from "./read-manifests.ts";

const composeSpec = "github.com/compose-spec/compose-go/v2@v2.16.2";
const prometheusOperator = "github.com/prometheus-operator/prometheus-operator@v0.85.0";
const keda = "github.com/kedacore/keda/v2@v2.20.2";
const crd = "example/prometheus-operator-crd/monitoring.coreos.com_";

/** Definitions of the custom resources that the manifests use, by kind. */
const definitions: Readonly<Record<string, () => string>> = {
  PodMonitor: () => readModuleFile(prometheusOperator, `${crd}podmonitors.yaml`),
  PrometheusRule: () => readModuleFile(prometheusOperator, `${crd}prometheusrules.yaml`),
  ScaledObject: () => readModuleFile(keda, "config/crd/bases/keda.sh_scaledobjects.yaml"),
};

const inCi = process.env.CI === "true";
const tools = [
  ["go", hasGo()],
  ["kustomize", toolPath("kustomize") !== undefined],
  ["kubernetes-validate", toolPath("kubernetes-validate") !== undefined],
] as const;
const missing = tools.flatMap(([name, there]) => (there ? [] : [name]));

/** What a schema says against a value, one line a fault. */
function faultsBySchema(schema: object, value: unknown): string[] {
  // Formats are those of other languages' libraries.
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateFormats: false,
    logger: false,
  });
  const validate = ajv.compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

describe.skipIf(missing.includes("go") && !inCi)("compose files, by the specification", () => {
  const schema = () => JSON.parse(readModuleFile(composeSpec, "schema/compose-spec.json"));

  test.each([
    ["compose.yaml"],
    ["compose.yaml", "deploy/compose/servers.yaml"],
    ["compose.yaml", "deploy/compose/ffmpeg.yaml"],
  ])("%s %s is valid", (...files) => {
    expect(faultsBySchema(schema(), readCompose(...files))).toEqual([]);
  });

  test("a key that is none is found", () => {
    const file = JSON.parse(
      JSON.stringify(readCompose("compose.yaml")).replace("depends_on", "needs"),
    );
    expect(faultsBySchema(schema(), file).join("\n")).toContain('Property":"needs"');
  });
});

describe.skipIf(missing.length > 0 && !inCi)(`manifests, by their schemas ${missing}`, () => {
  const base = kustomize("deploy/kubernetes/base");
  const production = kustomize("deploy/kubernetes/overlays/production");

  test("kubernetes-validate finds no fault in objects of Kubernetes", () => {
    for (const text of [base, production]) expect(validateCore(text)).toMatchObject({ status: 0 });
  });

  test("kubernetes-validate finds a key that is none", () => {
    const { status, output } = validateCore(base.replace("enableServiceLinks:", "serviceLinks:"));
    expect(status).not.toBe(0);
    expect(output).toContain("serviceLinks");
  });

  test("custom resources fit the definitions of their operators", () => {
    const resources = parseManifests(production).filter(isCustom);
    expect(new Set(resources.map(({ kind }) => kind))).toEqual(new Set(Object.keys(definitions)));
    expect(resources.flatMap(faultsOfCustom)).toEqual([]);
  });

  test("a key that a custom resource has not is found", () => {
    const changed = production.replace("podMetricsEndpoints", "podMetricEndpoints");
    const faults = parseManifests(changed).filter(isCustom).flatMap(faultsOfCustom);
    expect(faults.join("\n")).toContain("podMetricEndpoints");
  });

  test("what kustomize builds has no faults, patches applied", () => {
    for (const [overlay, text] of Object.entries({ base, production })) {
      const manifests = parseManifests(text);
      expect.soft(faultsOf(kubernetesDeployment(manifests, overlay))).toEqual([]);
      expect.soft(faultsOfManifests(manifests)).toEqual([]);
    }
  });

  test("the production overlay sets what is of the place, and no count that scaling sets", () => {
    const workloads = kubernetesDeployment(parseManifests(production), "").workloads;
    for (const name of ["video-api", "video-stream"]) {
      const { env } = workloads.find((workload) => workload.name === name) ?? {};
      expect(env?.OBJECTS_PUBLIC_URL).toBe("https://objects.lab.example.com");
    }
    const stream = parseManifests(production).find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === "video-stream",
    );
    expect(stream?.spec).not.toHaveProperty("replicas");
  });
});

function kustomize(folder: string): string {
  if (missing.length > 0) return "";
  const options = { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 } as const;
  return execFileSync(toolPath("kustomize") ?? "kustomize", ["build", folder], options);
}

function isCustom({ kind }: Manifest): boolean {
  return Object.hasOwn(definitions, kind);
}

/** The verdict of kubernetes-validate on all objects but custom ones, whose schemas it has not. */
function validateCore(text: string): { status: number; output: string } {
  const core = text.split(/^---$/m).filter((part) => !isCustom(parse(part)));
  const folder = mkdtempSync(join(tmpdir(), "lab-manifests-"));
  const file = join(folder, "core.yaml");
  writeFileSync(file, core.join("---\n"));
  const program = toolPath("kubernetes-validate") ?? "kubernetes-validate";
  const args = ["--strict", "--no-warn", file];
  try {
    return { status: 0, output: execFileSync(program, args, { encoding: "utf8", stdio: "pipe" }) };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: object };
    }[];
  };
}

function faultsOfCustom(manifest: Manifest): string[] {
  const definition: Definition = parse(definitions[manifest.kind]?.() ?? "");
  const version = manifest.apiVersion.split("/")[1];
  const schema = definition.spec.versions.find(({ name }) => name === version)?.schema;
  if (schema === undefined) return [`${manifest.kind} has no version '${version}'`];
  const faults = faultsBySchema(closed(schema.openAPIV3Schema), manifest);
  return faults.map((fault) => `${manifest.kind} ${manifest.metadata.name}: ${fault}`);
}

/** The schema with every object closed that names its keys: Kubernetes drops others in silence. */
function closed(schema: unknown, isMetadata = false): object {
  if (Array.isArray(schema)) return schema.map((one) => closed(one));
  if (typeof schema !== "object" || schema === null) return schema as never;
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === "properties"
      ? Object.fromEntries(
          Object.entries(value).map(([name, one]) => [name, closed(one, name === "metadata")]),
        )
      : closed(value),
  ]);
  const copy = Object.fromEntries(entries);
  const isOpen = isMetadata || copy["x-kubernetes-preserve-unknown-fields"];
  if (copy.properties && copy.additionalProperties === undefined && !isOpen) {
    copy.additionalProperties = false;
  }
  // Kubernetes' way to say that both a number and a name will do.
  if (copy["x-kubernetes-int-or-string"]) delete copy.type;
  if (typeof copy.pattern === "string" && !isPattern(copy.pattern)) delete copy.pattern;
  return copy;
}

/** Go's patterns may have flags inside, which JavaScript's have not. */
function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") !== undefined;
  } catch {
    return false;
  }
}
