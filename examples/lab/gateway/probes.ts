// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readiness } from "../kit/readiness.ts";

/** Answers `/healthz` and `/readyz`; false when the request is for neither. */
export function answerProbe(
  request: IncomingMessage,
  response: ServerResponse,
  readiness: Readiness,
): boolean {
  const [path] = (request.url ?? "").split("?");
  if (path !== "/healthz" && path !== "/readyz") return false;
  if (request.method !== "GET" && request.method !== "HEAD") {
    const body = { code: 12, message: "Method Not Allowed", details: [] };
    response.writeHead(405, { "Content-Type": "application/json", Allow: "GET, HEAD" });
    response.end(JSON.stringify(body));
    return true;
  }
  const problems = path === "/readyz" ? readiness.problems() : [];
  const status = problems.length === 0 ? "ok" : problems.join("; ");
  response.writeHead(problems.length === 0 ? 200 : 503, { "Content-Type": "application/json" });
  response.end(request.method === "HEAD" ? undefined : `${JSON.stringify({ status })}\n`);
  return true;
}
