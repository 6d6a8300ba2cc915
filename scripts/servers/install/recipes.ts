// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { kafka } from "./kafka-recipe.ts";
import { prometheusClient } from "./prometheus-client-recipe.ts";
import type { CachedRecipe, Recipe } from "./recipe.ts";

const goFlags = ["-mod=mod", "-trimpath", "-ldflags=-s -w"];

const prometheusModule = `module labwire/prometheus
go 1.26
require github.com/prometheus/prometheus v0.315.0
replace cloud.google.com/go => cloud.google.com/go v0.123.0
`;

// The order is that of building: what takes longest comes first.
export const recipes: readonly Recipe[] = [
  {
    name: "prometheus",
    version: "3.15",
    needs: { go: "golang-go" },
    files: { "src/go.mod": prometheusModule },
    // Service discovery left out halves the build. `go install` refuses a module with replacements.
    steps: ["prometheus", "promtool"].map((program) => [
      ...["go", "-C", "src", "build", ...goFlags, "-tags=remove_all_sd,netgo"],
      ...["-o", `$PREFIX/bin/${program}`, `github.com/prometheus/prometheus/cmd/${program}`],
    ]),
    programs: { prometheus: "bin/prometheus", promtool: "bin/promtool" },
  },
  goInstall("versitygw", "1.8.0", "github.com/versity/versitygw/cmd/versitygw"),
  goInstall("grpcurl", "1.9.4", "github.com/fullstorydev/grpcurl/cmd/grpcurl"),
  goInstall("alertmanager", "0.28.1", "github.com/prometheus/alertmanager/cmd/alertmanager"),
  goInstall("actionlint", "1.7.12", "github.com/rhysd/actionlint/cmd/actionlint"),
  goInstall("connectconformance", "1.0.5", "connectrpc.com/conformance/cmd/connectconformance"),
  goInstall("kustomize", "5.6.0", "sigs.k8s.io/kustomize/kustomize/v5"),
  pythonProgram("secantusdb", "0.7.0b3", "secantusd-py"),
  prometheusClient("prometheus-client", "0.26.0"),
  pythonProgram("kubernetes-validate", "1.37.0", "kubernetes-validate"),
  pythonLibrary("confluent-kafka", "2.16.0"),
  kafka("kafka", "4.3.1"),
  kafka("kafka-3.9", "3.9.2"),
  {
    name: "postgres",
    debian: "postgresql",
    programs: ["postgres", "initdb"],
    folders: ["/usr/lib/postgresql/*/bin"],
  },
  { name: "redis", debian: "redis-server", programs: ["redis-server"] },
  { name: "kcat", debian: "kcat", programs: ["kcat"] },
  { name: "jdk", debian: "default-jdk-headless", programs: ["javac"] },
  { name: "ffmpeg", debian: "ffmpeg", programs: ["ffmpeg", "ffprobe"] },
];

function goInstall(name: string, version: string, module: string): CachedRecipe {
  return {
    name,
    version,
    needs: { go: "golang-go" },
    steps: [["go", "install", ...goFlags, `${module}@v${version}`]],
    env: { GOBIN: "$PREFIX/bin" },
    programs: { [name]: `bin/${name}` },
  };
}

/** A folder of packages, and a script that runs with it; unlike a venv it can be moved. */
function pythonProgram(name: string, version: string, program: string): CachedRecipe {
  return pythonPackages(name, version, program, `"$here/site/bin/${program}"`);
}

/** A folder of packages, and `python-<name>`: a Python that can import them. */
function pythonLibrary(name: string, version: string): CachedRecipe {
  return pythonPackages(name, version, `python-${name}`, "python3");
}

function pythonPackages(
  name: string,
  version: string,
  program: string,
  command: string,
): CachedRecipe {
  const script = `#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
PYTHONPATH="$here/site" exec ${command} "$@"
`;
  const install = ["-m", "pip", "install", "--quiet", "--target", "site"];
  return {
    name,
    version,
    needs: { python3: "python3", pip3: "python3-pip" },
    files: { [`bin/${program}`]: script },
    steps: [["python3", ...install, `${name}==${version}`]],
    env: { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore" },
    programs: { [program]: `bin/${program}` },
  };
}
