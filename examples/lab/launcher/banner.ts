// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LabPorts } from "./ports.ts";
import type { LabProcess } from "./processes.ts";

/** What a person sees when the lab is ready: what runs where, and what to try. */
export function banner(processes: readonly LabProcess[], ports: LabPorts, where: string): string {
  const width = Math.max(...processes.map(({ name }) => name.length));
  const rows = processes.map(({ name, ports: listeners = {} }) => {
    const where = Object.entries(listeners).map(([what, port]) => `${what} 127.0.0.1:${port}`);
    return `  ${name.padEnd(width)}  ${where.join("  ")}`;
  });
  return `
The lab is ready. Data lives in ${where}

${rows.join("\n")}

Try:
  curl -F file=@examples/lab/fixtures/sample.mp4 127.0.0.1:${ports.videoGateway}/v1/videos
  curl 127.0.0.1:${ports.videoGateway}/v1/videos
  curl -d '{"videoId":"<id>","content":"hello"}' 127.0.0.1:${ports.commentGateway}/v1/comments

Ctrl-C stops it.
`;
}
