// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CachedRecipe } from "./recipe.ts";

/**
 * Prometheus's library for Python, whose parser of OpenMetrics is the strictest that there is.
 * `parse-metrics` reads a page from its input, in the format that its argument says (`text` or
 * `openmetrics`), and prints its families as JSON.
 */
export function prometheusClient(name: string, version: string): CachedRecipe {
  const script = `#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
PYTHONPATH="$here/site" exec python3 "$here/parse.py" "$@"
`;
  const program = `import json, math, sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser
parse = {"text": parser, "openmetrics": openmetrics_parser}[sys.argv[1]]
number = lambda value: value if math.isfinite(value) else str(value)
example = lambda e: e and {"labels": e.labels, "value": number(e.value), "timestamp": e.timestamp}
families = [
    {"name": f.name, "help": f.documentation, "type": f.type, "unit": f.unit, "samples": [
        {"name": s.name, "labels": s.labels, "value": number(s.value), "exemplar": example(s.exemplar)}
        for s in f.samples]}
    for f in parse.text_string_to_metric_families(sys.stdin.buffer.read().decode())]
json.dump(families, sys.stdout, default=str)
`;
  const install = ["-m", "pip", "install", "--quiet", "--target", "site"];
  return {
    name,
    version,
    needs: { python3: "python3", pip3: "python3-pip" },
    files: { "bin/parse-metrics": script, "parse.py": program },
    steps: [["python3", ...install, `prometheus-client==${version}`]],
    env: { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore" },
    programs: { "parse-metrics": "bin/parse-metrics" },
  };
}
