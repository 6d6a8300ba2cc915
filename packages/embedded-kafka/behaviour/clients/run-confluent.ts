// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { toolPath } from "@labwire/servers";
import { runClient } from "../run-client.ts";
import type { Site } from "../site.ts";

/** Runs a scenario of confluent_client.py, with a group and a transactional id of its own. */
export async function runConfluent(
  site: Site,
  scenario: string,
  topics: string[],
  { config, protocol = "classic" }: { config?: object; protocol?: string } = {},
): Promise<unknown> {
  const asked = JSON.stringify({
    config: config ?? { "bootstrap.servers": site.cluster.addresses.join() },
    topics,
    group: await site.group(),
    transactionalId: await site.transactionalId(),
    protocol,
  });
  const program = join(import.meta.dirname, "confluent_client.py");
  const python = toolPath("python-confluent-kafka") ?? "";
  return JSON.parse(await runClient(python, [program, scenario, asked]));
}
