// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { recordMetrics } from "../../kit/telemetry/metrics.testing.ts";
import type { Uploader } from "./upload.ts";
import { measureUploader } from "./upload-metrics.ts";

async function* fourBytes() {
  yield new Uint8Array(4);
}

async function measured(upload: Uploader["upload"]) {
  const { meterProvider, series } = await recordMetrics();
  return { uploader: measureUploader({ upload, isUnderWay: () => false }, meterProvider), series };
}

test("measureUploader() tells of every outcome before there is one", async () => {
  const { series } = await measured(async () => "id");
  expect(await series("lab_uploads_total")).toEqual([
    '{lab_upload_outcome="canceled"} 0',
    '{lab_upload_outcome="failed"} 0',
    '{lab_upload_outcome="kept"} 0',
    '{lab_upload_outcome="refused"} 0',
  ]);
  expect(await series("lab_upload_active")).toEqual(["0"]);
});

test("measureUploader() counts what is under way, and the bytes of what was kept", async () => {
  const gate = Promise.withResolvers<void>();
  const { uploader, series } = await measured(async ({ chunks }) => {
    for await (const _ of chunks);
    await gate.promise;
    return "id";
  });

  const upload = uploader.upload(
    { filename: "a", chunks: fourBytes() },
    new AbortController().signal,
  );
  expect(await series("lab_upload_active")).toEqual(["1"]);
  gate.resolve();

  expect(await upload).toBe("id");
  expect(await series("lab_upload_active")).toEqual(["0"]);
  expect(await series("lab_uploads_total")).toContain('{lab_upload_outcome="kept"} 1');
  expect(await series("lab_upload_size_bytes_sum")).toEqual(["4"]);
  expect(await series("lab_upload_duration_seconds_count")).toEqual([
    '{lab_upload_outcome="kept"} 1',
  ]);
});

test.each([
  ["refused", new ConnectError("empty", Code.InvalidArgument)],
  ["refused", new ConnectError("too large", Code.ResourceExhausted)],
  ["canceled", new ConnectError("gone", Code.Canceled)],
  ["failed", new ConnectError("away", Code.Unavailable)],
  ["failed", new Error("disk full")],
])("measureUploader() says '%s' of '%s'", async (outcome, error) => {
  const { uploader, series } = await measured(() => Promise.reject(error));
  const upload = uploader.upload(
    { filename: "a", chunks: fourBytes() },
    new AbortController().signal,
  );
  await expect(upload).rejects.toBe(error);
  expect(await series("lab_uploads_total")).toContain(`{lab_upload_outcome="${outcome}"} 1`);
  expect(await series("lab_upload_active")).toEqual(["0"]);
  expect(await series("lab_upload_size_bytes_count")).toEqual([]);
});

test("measureUploader() says 'canceled' of whatever comes after the signal has aborted", async () => {
  const { uploader, series } = await measured(() => Promise.reject(new Error("broken pipe")));
  const upload = uploader.upload({ filename: "a", chunks: fourBytes() }, AbortSignal.abort());
  await expect(upload).rejects.toThrow("broken pipe");
  expect(await series("lab_uploads_total")).toContain('{lab_upload_outcome="canceled"} 1');
});
