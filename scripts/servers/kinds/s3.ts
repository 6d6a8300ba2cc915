// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { requireTool } from "../install/tool-path.ts";
import type { ServerKind } from "../server.ts";
import { answersHttp } from "./probes.ts";

const account = { user: "labwire", password: "labwire-secret" };

/** versitygw: the S3 API on a folder. A bucket's policy can let anyone read its objects. */
export const s3: ServerKind = {
  title: "versitygw, an S3 object store",
  wellKnownPort: 9000,
  stopSignal: "SIGTERM",
  programs: () => ["versitygw"],
  async prepare({ folder }) {
    for (const name of ["data", "meta"]) mkdirSync(join(folder, name), { recursive: true });
  },
  command: ({ folder, ports: [port] }) => [
    requireTool("versitygw"),
    ...["--access", account.user, "--secret", account.password, "--region", "us-east-1"],
    ...["--port", `127.0.0.1:${port}`, "--health", "/healthz", "--quiet"],
    // Not every file system has the attributes that would otherwise hold objects' metadata.
    ...["posix", "--sidecar", join(folder, "meta"), join(folder, "data")],
  ],
  isReady: ({ ports: [port] }) => answersHttp(port, "/healthz"),
  variables: ({ ports: [port] }) => ({
    MINIO_ENDPOINT: `http://127.0.0.1:${port}`,
    MINIO_USERNAME: account.user,
    MINIO_PASSWORD: account.password,
  }),
};
