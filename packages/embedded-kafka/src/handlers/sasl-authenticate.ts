// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/** Takes one token of an authentication. */
export const saslAuthenticate: Handler<"saslAuthenticate"> = (request, { session, hangUp }) => {
  const { error, message, reason, token } = session?.step(request.authBytes) ?? {
    error: "ILLEGAL_SASL_STATE" as const,
    message: "SaslAuthenticate request received after successful authentication",
    token: Buffer.alloc(0),
  };
  if (reason) hangUp(reason);
  return {
    errorCode: errorCodes[error],
    errorMessage: message,
    authBytes: token,
    sessionLifetimeMs: BigInt(session?.lifetimeMs ?? 0),
  };
};
