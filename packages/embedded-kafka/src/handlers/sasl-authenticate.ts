// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { refusedStep } from "../security/sasl-session.ts";
import type { Handler } from "./handler.ts";

/** Takes one token of an authentication. */
export const saslAuthenticate: Handler<"saslAuthenticate"> = (request, { session, hangUp }) => {
  const { error, message, reason, token, lifetimeMs } =
    session?.step(request.authBytes) ?? refusedStep;
  if (reason) hangUp(reason);
  return {
    errorCode: errorCodes[error],
    errorMessage: message,
    authBytes: token,
    sessionLifetimeMs: BigInt(lifetimeMs),
  };
};
