// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { commentApiVariables, commentMigrationVariables } from "./comment/config.ts";
import { videoGatewayVariables } from "./gateway/config.ts";
import type { Variables } from "./kit/config.ts";
import { launcherVariables, realServerVariables } from "./launcher/config.ts";
import { videoStreamVariables } from "./stream/config.ts";
import { videoApiVariables } from "./video/config.ts";

/** Which page shows whose variables: `write-variables.ts` writes them there. */
export const variablePages: Readonly<Record<string, readonly Variables[]>> = {
  "README.md": [launcherVariables, realServerVariables],
  "comment/README.md": [commentApiVariables, commentMigrationVariables],
  "gateway/README.md": [videoGatewayVariables],
  "stream/README.md": [videoStreamVariables],
  "video/README.md": [videoApiVariables],
};
