// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorAnswer } from "../faults/error-answer.ts";
import type { Handler } from "../handlers/handler.ts";
import { type ApiId, apiNameOf } from "../protocol/apis.ts";
import { MalformedError } from "../protocol/reader.ts";
import { Writer } from "../protocol/writer.ts";
import type { SaslSession } from "./sasl-session.ts";

/**
 * Answers a token that is a frame of its own, as after SaslHandshake in version 0. There an error
 * is told by closing the connection.
 *
 * @throws {MalformedError} when the client has not proven who it is
 */
export function answerToken(frame: Buffer, session: SaslSession): Buffer[] {
  const { reason, token } = session.step(frame);
  if (reason) throw new MalformedError(`Cannot serve the client as ${reason}`);
  const writer = new Writer();
  writer.bytes(token);
  return writer.finish();
}

/** Refuses a request that comes where a token must come. */
export function refuseDuringExchange<N extends ApiId>(id: N): Handler<N> {
  return (request, { version, hangUp }) => {
    hangUp(`it sent ${apiNameOf(id)} in the middle of its authentication`);
    const message = "Request is not valid given the current SASL state.";
    return errorAnswer(id, version, request, { error: "ILLEGAL_SASL_STATE", message });
  };
}
