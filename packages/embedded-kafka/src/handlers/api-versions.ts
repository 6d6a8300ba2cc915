// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { apis } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

const apiKeys = Object.values(apis)
  .map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion }))
  .sort((a, b) => a.apiKey - b.apiKey);

/** Answers with the table of requests that are served. */
export const apiVersions: Handler<"apiVersions"> = () => ({
  errorCode: errorCodes.NONE,
  apiKeys,
});

/** For a version that is not served: in version 0, which every client can read (KIP-511). */
export const unsupportedApiVersions = { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys };
