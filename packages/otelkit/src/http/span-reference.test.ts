// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { SpanKind } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { createTestTraces } from "../tracing/traces.testing.ts";
import { instrumentFetch } from "./fetch-client.ts";
import { instrumentFetchHandler } from "./fetch-handler.ts";
import { httpSpanReference } from "./span-reference.ts";

test.each(httpSpanReference)(
  "httpSpanReference has the attributes of $kind spans",
  async (span) => {
    const { tracerProvider, ended } = createTestTraces();
    const handle = instrumentFetchHandler(() => new Response(null, { status: 503 }), {
      tracerProvider,
      route: () => "/users/:id",
    });
    const measured = instrumentFetch(async (input, init) => handle(new Request(input, init)), {
      tracerProvider,
      template: () => "/users/{id}",
    });
    for (const method of ["GET", "PURGE"]) await measured("http://a.example/users/7", { method });
    const spans = (await ended(4)).filter(({ kind }) => SpanKind[kind] === span.kind);
    const names = spans.flatMap(({ attributes }) =>
      Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [name])),
    );
    expect([...new Set(names)].sort()).toEqual(span.attributes.map(({ name }) => name).sort());
  },
);
