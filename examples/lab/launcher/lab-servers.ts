// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LabProcess } from "./processes.ts";

type Environment = Readonly<Record<string, string>>;

/** What is behind the services: stores, cache and broker. All else is the same everywhere. */
export interface LabServers {
  /** Where data is, for a person. */
  readonly where: string;
  /** Servers that the lab runs itself. They start before the services. */
  readonly processes: readonly LabProcess[];
  /** What tells each process where they are. */
  readonly env: {
    readonly migration: Environment;
    readonly commentApi: Environment;
    readonly videoApi: Environment;
    readonly videoStream: Environment;
  };
  /** Where video-api serves stored files itself; absent when the object store does. */
  readonly objectsPort?: number;
}
