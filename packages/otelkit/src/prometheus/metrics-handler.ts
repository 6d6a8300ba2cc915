// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { reportFault } from "../report-fault.ts";
import { type HealthCheck, runHealthCheck } from "./health-report.ts";

/** Options of {@link createMetricsHandler}. */
export interface MetricsHandlerOptions {
  path: string;
  health: HealthCheck;
  ready: HealthCheck;
  reader: { scrape(): Promise<string> };
}

interface Answer {
  status: number;
  contentType: string;
  body: string;
}

/** Makes the request listener of the endpoint, and a way to wait for what it is answering. */
export function createMetricsHandler({ path, health, ready, reader }: MetricsHandlerOptions) {
  const routes = new Map<string, () => Promise<Answer>>([
    [path, answerMetrics],
    ["/healthz", () => answerProbe(health)],
    ["/readyz", () => answerProbe(ready)],
  ]);
  const pending = new Set<Promise<unknown>>();

  async function answerMetrics(): Promise<Answer> {
    const body = await reader.scrape();
    return { status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body };
  }

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const route = routes.get((req.url ?? "").split("?", 1)[0] ?? "");
    if (route === undefined) return send(res, text(404, "Not found"));
    if (req.method !== "GET" && req.method !== "HEAD") {
      res.setHeader("Allow", "GET, HEAD");
      return send(res, text(405, "Method not allowed"));
    }
    try {
      send(res, await route());
    } catch (error) {
      reportFault(`Answering '${req.url}' failed`, error);
      send(res, text(500, "Internal error"));
    }
  }

  return {
    handle(req: IncomingMessage, res: ServerResponse): void {
      // `finish` is the last byte handed to the system, `close` also a reader that has left.
      const answered = Promise.race([once(res, "finish"), once(res, "close")]);
      pending.add(answered);
      answered.then(() => pending.delete(answered));
      void respond(req, res);
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

async function answerProbe(check: HealthCheck): Promise<Answer> {
  const report = await runHealthCheck(check);
  return {
    status: report.status === "ok" ? 200 : 503,
    contentType: "application/json",
    body: JSON.stringify(report),
  };
}

function text(status: number, message: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${message}\n` };
}

function send(res: ServerResponse, { status, contentType, body }: Answer): void {
  res.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
  });
  res.end(body);
}
