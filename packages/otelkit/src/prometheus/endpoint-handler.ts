// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { reportFault } from "../report-fault.ts";
import { type HealthCheck, runHealthCheck } from "./health-report.ts";
import { sendAnswer } from "./metrics-handler.ts";
import {
  answerScrape,
  type PageSource,
  type ScrapeAnswer,
  textAnswer,
  withLength,
} from "./scrape-answer.ts";

/** Options of {@link createEndpointHandler}. */
export interface EndpointHandlerOptions {
  path: string;
  health: HealthCheck;
  ready: HealthCheck;
  reader: PageSource;
}

/** Makes the request listener of the endpoint, and a way to wait for what it is answering. */
export function createEndpointHandler({ path, health, ready, reader }: EndpointHandlerOptions) {
  const probes = new Map([
    ["/healthz", health],
    ["/readyz", ready],
  ]);
  const pending = new Set<Promise<unknown>>();

  async function answer({ url = "", method = "GET", headers }: IncomingMessage) {
    const [asked] = url.split("?", 1);
    if (asked === path) {
      const { accept, "accept-encoding": acceptEncoding } = headers;
      return answerScrape(reader, { method, accept, acceptEncoding: acceptEncoding?.toString() });
    }
    const check = probes.get(asked ?? "");
    if (check === undefined) return textAnswer(404, "Not found");
    if (method !== "GET" && method !== "HEAD") {
      return textAnswer(405, "Method not allowed", { Allow: "GET, HEAD" });
    }
    try {
      return await answerProbe(check);
    } catch (error) {
      reportFault(`Answering '${url}' failed`, error);
      return textAnswer(500, "Internal error");
    }
  }

  return {
    handle(req: IncomingMessage, res: ServerResponse): void {
      // `finish` is the last byte handed to the system, `close` also a reader that has left.
      const answered = Promise.race([once(res, "finish"), once(res, "close")]);
      pending.add(answered);
      answered.then(() => pending.delete(answered));
      void answer(req).then((found) => sendAnswer(req, res, found));
    },
    /** Resolves when no request is being answered. */
    async settled(): Promise<void> {
      await Promise.all(pending);
    },
  };
}

function once(res: ServerResponse, event: "finish" | "close"): Promise<void> {
  return new Promise((resolve) => res.once(event, resolve));
}

async function answerProbe(check: HealthCheck): Promise<ScrapeAnswer> {
  const report = await runHealthCheck(check);
  return withLength({
    status: report.status === "ok" ? 200 : 503,
    headers: { "Content-Type": "application/json" },
    chunks: [Buffer.from(JSON.stringify(report))],
  });
}
