// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  endFromEndStream,
  endFromTrailer,
  endFromTrailerFrame,
  endFromUnary,
} from "./end-of-call.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  { trailer: {}, end: { code: Code.Internal, message: "missing grpc-status" } },
  { trailer: { "grpc-status": "0" }, end: { code: undefined } },
  {
    trailer: { "grpc-status": "5", "grpc-message": "no%20way" },
    end: { code: Code.NotFound, message: "no way" },
  },
  {
    trailer: { "grpc-status": "5", "grpc-message": "100%" },
    end: { code: Code.NotFound, message: "100%" },
  },
  { trailer: { "grpc-status": "five" }, end: { code: Code.Internal } },
])("endFromTrailer() reads $trailer", ({ trailer, end }) => {
  expect(endFromTrailer(new Headers(trailer))).toMatchObject(end);
});

test.each([
  { lines: "grpc-status: 5\r\ngrpc-message: no%20way\r\n", code: Code.NotFound },
  { lines: "Grpc-Status:0", code: undefined },
  { lines: "no header: x\r\n: y\r\nx-\u0161: \u0161\r\n\r\ngrpc-status: 5", code: Code.NotFound },
  { lines: "", code: Code.Internal },
])("endFromTrailerFrame() reads $lines, and throws at nothing", ({ lines, code }) => {
  expect(endFromTrailerFrame(bytes(lines), false, null).code).toBe(code);
  expect(endFromTrailerFrame(gzipSync(lines), true, "gzip").code).toBe(code);
});

test.each([
  { frame: "{}", end: { code: undefined } },
  { frame: '{"error":{"code":"not_found","message":"no"}}', end: { code: Code.NotFound } },
  { frame: '{"error":{"code":"odd"}}', end: { code: Code.Unknown } },
  { frame: '{"error":null}', end: { code: undefined } },
  { frame: '{"error":5}', end: { code: Code.Unknown } },
  { frame: "{", end: { code: Code.Unknown } },
])("endFromEndStream() reads $frame", ({ frame, end }) => {
  expect(endFromEndStream(bytes(frame), false, null)).toMatchObject(end);
});

test.each([
  { status: 200, body: undefined, code: undefined },
  { status: 415, body: undefined, code: Code.Unknown },
  { status: 404, body: '{"code":"not_found"}', code: Code.NotFound },
  { status: 404, body: "<html>", code: Code.Unimplemented },
])("endFromUnary() reads status $status with body $body", ({ status, body, code }) => {
  expect(endFromUnary(status, body === undefined ? undefined : bytes(body), null).code).toBe(code);
});

test("endFromUnary() goes by the status when a body cannot be unpacked", () => {
  expect(endFromUnary(503, bytes("not gzip"), "gzip").code).toBe(Code.Unavailable);
  expect(endFromUnary(503, bytes("?"), "zip").code).toBe(Code.Unavailable);
});
