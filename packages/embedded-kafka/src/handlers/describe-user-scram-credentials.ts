// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { repeated } from "./fault.ts";
import type { Handler } from "./handler.ts";

/** Kafka's numbers of the mechanisms (KIP-554). */
const mechanismNumbers = { "SCRAM-SHA-256": 1, "SCRAM-SHA-512": 2 } as const;

/** Tells which users can authenticate by SCRAM, by which mechanisms of a listener. */
export const describeUserScramCredentials: Handler<"describeUserScramCredentials"> = (
  request,
  { cluster },
) => {
  const { users, options } = cluster;
  const mechanisms = (["SCRAM-SHA-256", "SCRAM-SHA-512"] as const).filter((mechanism) =>
    options.listeners.some(({ saslMechanisms }) => saslMechanisms.includes(mechanism)),
  );
  const known = [...new Set(mechanisms.flatMap((mechanism) => users.names(mechanism)))];
  const asked = request.users?.length ? request.users.map(({ name }) => name) : known;
  const twice = repeated(asked);
  return {
    errorCode: errorCodes.NONE,
    errorMessage: "",
    results: [...new Set(asked)].map((name) => {
      if (twice.has(name)) {
        const message = `Cannot describe SCRAM credentials for the same user twice in a single request: ${name}`;
        return failed(name, errorCodes.DUPLICATE_RESOURCE, message);
      }
      if (!known.includes(name)) {
        const message = `Attempt to describe a user credential that does not exist: ${name}`;
        return failed(name, errorCodes.RESOURCE_NOT_FOUND, message);
      }
      return {
        user: name,
        errorCode: errorCodes.NONE,
        errorMessage: "",
        credentialInfos: mechanisms.flatMap((mechanism) => {
          const credential = users.scram(mechanism, name);
          const iterations = credential?.iterations ?? 0;
          return credential ? [{ mechanism: mechanismNumbers[mechanism], iterations }] : [];
        }),
      };
    }),
  };
};

function failed(user: string, errorCode: number, errorMessage: string) {
  return { user, errorCode, errorMessage, credentialInfos: [] };
}
