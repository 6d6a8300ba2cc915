// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { createClientInterceptor } from "@labwire/otelkit";
import { startMetricsServer } from "@labwire/otelkit/prometheus";
import { EchoService } from "@labwire/testdata/echo";
import { collectGarbage } from "../src/collect-garbage.testing.ts";
import { callKinds, type SoakLink } from "./call-kinds.ts";
import { startSoakServers } from "./soak-server.ts";

/** Options of {@link runSoak}. */
export interface SoakOptions {
  /** Calls in all. */
  calls: number;
  /** Calls at once. */
  concurrency: number;
  /** Told every tenth of the calls. */
  progress?(report: SoakProgress): void;
}

/** How it stands after some of the calls, with garbage collected. */
export interface SoakProgress {
  calls: number;
  heapBytes: number;
  series: number;
}

/** What came out. */
export interface SoakResult extends SoakProgress {
  /** Calls that clients made, requests sent by hand, and connections cut in the middle of one. */
  made: { client: number; hand: number; cut: number };
  /** Calls that ended otherwise than they should have, as text. */
  wrong: string[];
  /** Calls that are still counted as active once all have ended. */
  active: number;
  /** Finished calls that servers counted, by status. */
  server: Record<string, number>;
  client: Record<string, number>;
  /** How it stood after each tenth of the calls. */
  tenths: SoakProgress[];
}

/** Calls until HTTP/2 begins a new connection. */
const callsPerConnection = 2000;

/** Series of one instrument at most. Callers name more tenants than that. */
const cardinalityLimit = 300;

/** Makes calls of all kinds over all protocols, with faults, and reads the metrics as they go. */
export async function runSoak({ calls, concurrency, progress }: SoakOptions): Promise<SoakResult> {
  await using metrics = await startMetricsServer({ port: 0 });
  const measured = { meterProvider: metrics.meterProvider, cardinalityLimit };
  let tenant = 0;
  const servers = await startSoakServers({
    ...measured,
    attributes: () => ({ tenant: tenant++ % 5000 }),
  });
  const session = new Http2SessionManager(`http://127.0.0.1:${servers.http2Port}`);
  const links = createLinks(servers, session, createClientInterceptor(measured));
  const kinds = [...callKinds];
  const made = { client: 0, hand: 0, cut: 0 };
  const wrong: string[] = [];
  const tenths: SoakProgress[] = [];
  let started = 0;

  async function work(): Promise<void> {
    while (started < calls) {
      const turn = started++;
      const [name, kind] = kinds[turn % kinds.length] ?? ["", undefined];
      const link = links[Math.floor(turn / kinds.length) % links.length];
      if (kind === undefined || link === undefined) return;
      if (kind.by === "HTTP/2 clients" && !link.isHttp2) continue;
      made[name === "cut" ? name : kind.by === "hand" ? kind.by : "client"]++;
      await kind.call(link).catch((error) => wrong.push(`${name}: ${error}`));
    }
  }

  async function measure(): Promise<SoakProgress> {
    await collectAll();
    const page = await (await fetch(metrics.url)).text();
    const series = page.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    return { calls: started, heapBytes: process.memoryUsage().heapUsed, series };
  }

  const all = calls;
  for (let tenth = 1; tenth <= 10; tenth++) {
    for (let done = started; done < Math.round((all * tenth) / 10); done = started) {
      calls = Math.min(done + callsPerConnection, Math.round((all * tenth) / 10));
      await Promise.all(Array.from({ length: concurrency }, work));
      // Connect never ends the streams that their readers left: they would add up on a connection,
      // and Node.js ends one on which too many streams are reset.
      session.abort();
    }
    const report = await measure();
    tenths.push(report);
    progress?.(report);
  }
  const page = await settle(metrics.url);
  const last = await measure();
  await servers.close();
  return {
    ...last,
    made,
    wrong,
    tenths,
    active: sum(page, /^rpc_\w+_active_calls\{/),
    server: byStatus(page, "server"),
    client: byStatus(page, "client"),
  };
}

/** Collects until nothing more goes: sockets and abandoned streams take several turns. */
async function collectAll(): Promise<void> {
  for (let before = Number.POSITIVE_INFINITY, round = 0; round < 20; round++) {
    await collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { heapUsed } = process.memoryUsage();
    if (heapUsed > before * 0.99) return;
    before = heapUsed;
  }
}

function createLinks(
  { http1Port, http2Port }: { http1Port: number; http2Port: number },
  sessionManager: Http2SessionManager,
  interceptor: Interceptor,
): SoakLink[] {
  const interceptors = [interceptor];
  const http1 = { baseUrl: `http://127.0.0.1:${http1Port}`, httpVersion: "1.1" as const };
  const baseUrl = `http://127.0.0.1:${http2Port}`;
  const http2 = { baseUrl, httpVersion: "2" as const, sessionManager };
  const raw = { host: "127.0.0.1", port: http1Port };
  function link(transport: Transport, isHttp2: boolean): SoakLink {
    return { client: createClient(EchoService, transport), isHttp2, ...raw };
  }
  return [
    link(createGrpcTransport({ baseUrl, sessionManager, interceptors }), true),
    link(createGrpcWebTransport({ ...http2, interceptors }), true),
    link(createConnectTransport({ ...http2, interceptors }), true),
    link(createGrpcWebTransport({ ...http1, interceptors }), false),
    link(createConnectTransport({ ...http1, interceptors, useHttpGet: true }), false),
  ];
}

/** The page once no call is active any more, or after ten seconds. */
async function settle(url: string): Promise<string> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    await collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const page = await (await fetch(url)).text();
    if (sum(page, /^rpc_\w+_active_calls\{/) === 0 || Date.now() > deadline) return page;
  }
}

function byStatus(page: string, side: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const pattern = new RegExp(`^rpc_${side}_call_duration_(?:seconds_)?count\\{(.*)\\} (.*)$`, "gm");
  for (const [, labels = "", value] of page.matchAll(pattern)) {
    const status = labels.match(/rpc_status_code="(.*?)"/)?.[1]?.toLowerCase() ?? "overflow";
    counts[status] = (counts[status] ?? 0) + Number(value);
  }
  return counts;
}

/** The sum of absolute values, so that one side's surplus does not hide the other's lack. */
function sum(page: string, series: RegExp): number {
  return page
    .split("\n")
    .filter((line) => series.test(line))
    .reduce((total, line) => total + Math.abs(Number(line.split(" ").pop())), 0);
}
