// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { requireTool } from "../install/tool-path.ts";
import type { ServerKind } from "../server.ts";
import { answersTcp } from "./probes.ts";

/**
 * SecantusDB, which speaks MongoDB's protocol: no registry has MongoDB itself. It says that it
 * stands alone, as the MongoDB of `compose.yaml` does: no transactions over several documents.
 */
export const mongo: ServerKind = {
  title: "SecantusDB, which speaks MongoDB's protocol",
  wellKnownPort: 27017,
  // Told to end in another way right after its start it hangs. By this it loses nothing either.
  stopSignal: "SIGKILL",
  programs: () => ["secantusd-py"],
  command: ({ folder, ports: [port] }) => [
    requireTool("secantusd-py"),
    ...["--host", "127.0.0.1", "--port", `${port}`, "--storage-path", join(folder, "data")],
    // Without the sync, a SIGKILL loses writes that were acknowledged.
    ...["--standalone", "--sync-on-commit", "--cache-size", "64M", "--log-level", "WARNING"],
  ],
  isReady: ({ ports: [port] }) => answersTcp(port),
  variables: ({ ports: [port] }) => ({ MONGO_URL: `mongodb://127.0.0.1:${port}` }),
};
