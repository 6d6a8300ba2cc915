// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { iterate } from "../kinds.ts";
import type { Outcome } from "../outcome.ts";
import { codeName } from "../scene.ts";
import { rawCall } from "./raw-call.ts";
import {
  compressAs,
  needsStreamOfRequests,
  needsStreamOfResponses,
  readAllThen,
} from "./shared.ts";

const codes = Object.values(Code).filter((code): code is Code => typeof code === "number");

/** Calls that the handler answers. */
export const answers: readonly Outcome[] = [
  { name: "OK", wire: "ok" },
  {
    name: "OK with no request message",
    wire: "ok",
    missing: needsStreamOfRequests,
    run: (scene) => scene.call({ requests: iterate([]) }),
  },
  {
    name: "OK with no response message",
    wire: "ok",
    missing: needsStreamOfResponses,
    behave: readAllThen(() => []),
  },
  { name: "OK from a client of raw bytes", wire: "ok", isRaw: true, run: rawCall({}) },
  {
    name: "OK in JSON",
    wire: "ok",
    run: (scene) => scene.call({ client: { useBinaryFormat: false } }),
  },
  {
    name: "OK, compressed both ways",
    wire: "ok",
    server: { compressMinBytes: 1 },
    run: (scene) => scene.call({ client: compressAs("gzip") }),
  },
  {
    name: "OK with messages of many chunks",
    wire: "ok",
    run: (scene) =>
      scene.call({
        requests: iterate([{ text: "x".repeat(300_000) }, { text: "y".repeat(70_000) }]),
      }),
  },
  {
    name: "OK by Connect GET",
    wire: "ok",
    missing: (wire, kind) =>
      wire.protocol === "connect" && kind === "unary"
        ? undefined
        : "only Connect's unary calls can be GET requests",
    run: (scene) => scene.call({ client: { useHttpGet: true } }),
  },
  ...codes.map(
    (code): Outcome => ({
      name: `handler throws ${codeName(code)}`,
      wire: codeName(code),
      behave: readAllThen(() => {
        throw new ConnectError("no", code);
      }),
    }),
  ),
  {
    name: "handler throws before it reads",
    wire: "permission_denied",
    behave: () => {
      throw new ConnectError("no", Code.PermissionDenied);
    },
  },
  {
    name: "handler throws a plain Error",
    wire: "internal",
    behave: readAllThen(() => {
      throw new Error("no");
    }),
  },
  {
    name: "handler throws an AbortError",
    wire: "internal",
    behave: readAllThen(() => {
      throw new DOMException("no", "AbortError");
    }),
  },
  {
    name: "handler throws not_found mid-stream",
    wire: "not_found",
    missing: needsStreamOfResponses,
    behave: readAllThen(function* respond() {
      yield { text: "one" };
      throw new ConnectError("no", Code.NotFound);
    }),
  },
  {
    name: "handler throws a plain Error mid-stream",
    wire: "internal",
    missing: needsStreamOfResponses,
    behave: readAllThen(function* respond() {
      yield { text: "one" };
      yield { text: "two" };
      throw new Error("no");
    }),
  },
  {
    name: "server leaves the requests early",
    wire: "ok",
    missing: needsStreamOfRequests,
    async *behave(requests) {
      for await (const { text } of requests) {
        yield { text };
        break;
      }
    },
  },
  {
    name: "server reads no request",
    wire: "ok",
    missing: needsStreamOfRequests,
    async *behave() {
      yield { text: "one" };
    },
  },
];
