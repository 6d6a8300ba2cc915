// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { expect, test } from "vitest";
import type { ServerInterceptorOptions } from "../connect/call-options.ts";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import { createTestMeter } from "../manual-reader.testing.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { metricName } from "../prometheus/metric-names.ts";
import { grpc } from "./grpc.ts";
import { grpcCode } from "./grpc-spelling.ts";
import { callEveryKind, measureEcho, readPage } from "./preset-page.testing.ts";

test("grpc gives the server's names, labels and values of go-grpc-prometheus", async () => {
  const page = await readPage(
    (meterProvider) => callEveryKind(measureEcho({ presets: ["grpc"], meterProvider })),
    /^grpc_server_(?!handling)/,
  );
  expect(page.join("\n")).toMatchInlineSnapshot(`
    "grpc_server_handled_total{grpc_code="NotFound",grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_server_handled_total{grpc_code="Unimplemented",grpc_method="unknown",grpc_service="unknown",grpc_type="unknown"} 1
    grpc_server_msg_received_total{grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 3
    grpc_server_msg_received_total{grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 3
    grpc_server_msg_received_total{grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 1
    grpc_server_msg_received_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 2
    grpc_server_msg_received_total{grpc_method="unknown",grpc_service="unknown",grpc_type="unknown"} 0
    grpc_server_msg_sent_total{grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 3
    grpc_server_msg_sent_total{grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 1
    grpc_server_msg_sent_total{grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 3
    grpc_server_msg_sent_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_server_msg_sent_total{grpc_method="unknown",grpc_service="unknown",grpc_type="unknown"} 0
    grpc_server_started_total{grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 1
    grpc_server_started_total{grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 1
    grpc_server_started_total{grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 1
    grpc_server_started_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 2
    grpc_server_started_total{grpc_method="unknown",grpc_service="unknown",grpc_type="unknown"} 1"
  `);
});

test("grpc gives the client's names, labels and values", async () => {
  const page = await readPage(
    (meterProvider) => callEveryKind(measureEcho({ presets: ["grpc"], meterProvider })),
    /^grpc_client_(?!handling)/,
  );
  expect(page.join("\n")).toMatchInlineSnapshot(`
    "grpc_client_handled_total{grpc_code="NotFound",grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_client_handled_total{grpc_code="OK",grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 1
    grpc_client_handled_total{grpc_code="OK",grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 1
    grpc_client_handled_total{grpc_code="OK",grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 1
    grpc_client_handled_total{grpc_code="OK",grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_client_msg_received_total{grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 3
    grpc_client_msg_received_total{grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 1
    grpc_client_msg_received_total{grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 3
    grpc_client_msg_received_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_client_msg_sent_total{grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 3
    grpc_client_msg_sent_total{grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 3
    grpc_client_msg_sent_total{grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 1
    grpc_client_msg_sent_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 2
    grpc_client_started_total{grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="bidi_stream"} 1
    grpc_client_started_total{grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="client_stream"} 1
    grpc_client_started_total{grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="server_stream"} 1
    grpc_client_started_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 2"
  `);
});

test("grpc measures seconds in the default buckets of Prometheus's client libraries", async () => {
  const page = await readPage(async (meterProvider) => {
    const { client, clock } = measureEcho({ presets: ["grpc"], meterProvider });
    await client.unary({ text: "abc" });
    await clock.finished(1);
  }, /^grpc_server_handling/);
  expect(page.join("\n")).toMatchInlineSnapshot(`
    "grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="+Inf"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.005"} 0
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.01"} 0
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.025"} 0
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.05"} 0
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.1"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.25"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="0.5"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="1"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="10"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="2.5"} 1
    grpc_server_handling_seconds_bucket{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",le="5"} 1
    grpc_server_handling_seconds_count{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 1
    grpc_server_handling_seconds_sum{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary"} 0.1"
  `);
});

test("grpc spells types and codes as py-grpc-prometheus when asked to", async () => {
  const page = await readPage(
    (meterProvider) =>
      callEveryKind(measureEcho({ presets: ["grpc"], meterProvider, grpcSpelling: "python" })),
    /^grpc_server_handled_total/,
  );
  expect(page.join("\n")).toMatchInlineSnapshot(`
    "grpc_server_handled_total{grpc_code="NOT_FOUND",grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="UNARY"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="BidiStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="BIDI_STREAMING"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="ClientStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="CLIENT_STREAMING"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="ServerStream",grpc_service="labwire.testdata.v1.EchoService",grpc_type="SERVER_STREAMING"} 1
    grpc_server_handled_total{grpc_code="OK",grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="UNARY"} 1
    grpc_server_handled_total{grpc_code="UNIMPLEMENTED",grpc_method="UNKNOWN",grpc_service="UNKNOWN",grpc_type="UNKNOWN"} 1"
  `);
});

test("createServerInterceptor() refuses a 'grpcSpelling' that there is not", () => {
  const options = { grpcSpelling: "Go" } as unknown as ServerInterceptorOptions;
  expect(() => createServerInterceptor(options)).toThrow(
    new OtelkitError(
      "Cannot measure calls as 'grpcSpelling' must be 'go' or 'python': current value is 'Go'",
      { code: "invalid_option" },
    ),
  );
});

test("grpc has a series for every code with 'preregister', as InitializeMetrics makes them", async () => {
  const page = await readPage(
    (meterProvider) => measureEcho({ presets: ["grpc"], meterProvider, preregister: true }),
    /^grpc_server_/,
  );
  const unary = page.filter((line) => line.includes('grpc_method="Unary"'));
  expect(unary.every((line) => line.endsWith(" 0"))).toBe(true);
  expect(unary.filter((line) => line.startsWith("grpc_server_handled_total"))).toHaveLength(17);
  expect(unary.filter((line) => !line.startsWith("grpc_server_handled_total"))).toHaveLength(3);
});

test("grpc adds attributes of the user's own, which cannot take the place of its labels", async () => {
  const page = await readPage(async (meterProvider) => {
    const attributes = () => ({ tier: "gold", grpc_method: "mine" });
    const { client } = measureEcho({ presets: ["grpc"], meterProvider, attributes });
    await client.unary({ text: "abc" });
  }, /^grpc_server_started_total/);
  expect(page).toEqual([
    'grpc_server_started_total{grpc_method="Unary",grpc_service="labwire.testdata.v1.EchoService",grpc_type="unary",tier="gold"} 1',
  ]);
});

test.each([
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const)("grpc keeps its names with the translation %s", (strategy) => {
  const instruments = [...grpc.instruments("server"), ...grpc.instruments("client")];
  const names = instruments.map(({ name, unit, kind }) =>
    metricName({ name, unit, kind: kind === "histogram" ? kind : "counter" }, strategy),
  );
  expect(names).toEqual(instruments.map(({ name }) => name));
});

test("grpc has the same names in the stock exporter", async () => {
  const { meterProvider, collect } = createTestMeter();
  await callEveryKind(measureEcho({ presets: ["grpc"], meterProvider }));
  const text = new PrometheusSerializer().serialize(await collect());
  const names = [...text.matchAll(/^# TYPE (grpc_\w+ \w+)$/gm)].map(([, name]) => name);
  expect(names.sort()).toEqual([
    "grpc_client_handled_total counter",
    "grpc_client_handling_seconds histogram",
    "grpc_client_msg_received_total counter",
    "grpc_client_msg_sent_total counter",
    "grpc_client_started_total counter",
    "grpc_server_handled_total counter",
    "grpc_server_handling_seconds histogram",
    "grpc_server_msg_received_total counter",
    "grpc_server_msg_sent_total counter",
    "grpc_server_started_total counter",
  ]);
});

test("grpcCode() spells all codes as Go and as Python do", () => {
  const codes = Object.values(Code).filter((code) => typeof code === "number");
  const spelled = [undefined, ...codes].map((code) =>
    (["go", "python"] as const).map((spelling) => grpcCode(spelling, code)).join(" "),
  );
  expect(spelled).toEqual([
    "OK OK",
    "Canceled CANCELLED",
    "Unknown UNKNOWN",
    "InvalidArgument INVALID_ARGUMENT",
    "DeadlineExceeded DEADLINE_EXCEEDED",
    "NotFound NOT_FOUND",
    "AlreadyExists ALREADY_EXISTS",
    "PermissionDenied PERMISSION_DENIED",
    "ResourceExhausted RESOURCE_EXHAUSTED",
    "FailedPrecondition FAILED_PRECONDITION",
    "Aborted ABORTED",
    "OutOfRange OUT_OF_RANGE",
    "Unimplemented UNIMPLEMENTED",
    "Internal INTERNAL",
    "Unavailable UNAVAILABLE",
    "DataLoss DATA_LOSS",
    "Unauthenticated UNAUTHENTICATED",
  ]);
});
