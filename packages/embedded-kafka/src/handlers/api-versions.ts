// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ApiId, apis } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";
import { handlers } from "./handlers.ts";

/** Answers with the requests that are served. */
export const apiVersions: Handler<"apiVersions"> = () => ({
  errorCode: errorCodes.NONE,
  apiKeys: servedApis(),
});

/** For a version that is not served: in version 0, which every client can read (KIP-511). */
export const unsupportedApiVersions = () => ({
  errorCode: errorCodes.UNSUPPORTED_VERSION,
  apiKeys: servedApis(),
});

function servedApis() {
  return Object.entries(apis)
    .filter(([id]) => handlers[id as ApiId])
    .map(([, { key, served }]) => ({ apiKey: key, minVersion: served[0], maxVersion: served[1] }));
}
