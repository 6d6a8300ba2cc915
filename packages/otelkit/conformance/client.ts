// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The client that the suite tests. It reads test cases, makes the call of each, several at once,
// and writes what came back.

import { createClientInterceptor } from "@labwire/otelkit";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  type ClientCompatResponse,
  ClientCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { invoke } from "./invoke.ts";
import { createProgram } from "./program.ts";
import { encodeMessage, readMessages } from "./size-prefixed.ts";
import { createTransport } from "./transport.ts";

/** Most of a case's time is waiting. */
const casesAtOnce = 16;

const { instrumentation, report } = createProgram("client");
const interceptors = instrumentation ? [createClientInterceptor(instrumentation)] : [];
const running = new Set<Promise<void>>();
let caseCount = 0;

for await (const request of readMessages(ClientCompatRequestSchema, process.stdin)) {
  caseCount++;
  const done = run(request).finally(() => running.delete(done));
  running.add(done);
  if (running.size === casesAtOnce) await Promise.race(running);
}
await Promise.all(running);
await report(caseCount);
process.exit();

async function run(request: ClientCompatRequest): Promise<void> {
  const { testName } = request;
  const result = await resultOf(request);
  process.stdout.write(encodeMessage(ClientCompatResponseSchema, { testName, result }));
}

async function resultOf(request: ClientCompatRequest): Promise<ClientCompatResponse["result"]> {
  try {
    using connection = createTransport(request, interceptors);
    return { case: "response", value: await invoke(request, connection.transport) };
  } catch (error) {
    return { case: "error", value: { message: String(error) } as never };
  }
}
