// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/** Agrees on a mechanism of authentication. */
export const saslHandshake: Handler<"saslHandshake"> = (request, context) => {
  const { session, listener, version } = context;
  const { error, reason } = session?.begin(request.mechanism, version) ?? {
    error: "ILLEGAL_SASL_STATE" as const,
  };
  if (reason) context.hangUp(reason);
  // Where nobody is asked who they are, or the client is known already, Kafka names none.
  const mechanisms = error === "ILLEGAL_SASL_STATE" ? [] : [...listener.saslMechanisms];
  return { errorCode: errorCodes[error], mechanisms };
};
