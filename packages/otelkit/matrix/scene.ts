// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Agent } from "node:http";
import {
  Code,
  ConnectError,
  type ConnectRouterOptions,
  createClient,
  type Interceptor,
} from "@connectrpc/connect";
import { Http2SessionManager } from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import {
  type EchoServer,
  emptyHandlerLog,
  type HandlerLog,
  startEchoServer,
} from "./echo-server.ts";
import { createRecorders, instrument, type Layers, type Recorders } from "./instrumentation.ts";
import { type Behaviour, beginCall, iterate, type Kind, makeCall, type Text } from "./kinds.ts";
import { type ObservingProxy, startObservingProxy } from "./observer/observing-proxy.ts";
import { becomes } from "./patience.ts";
import { type RawRequest, sendRaw } from "./raw-request.ts";
import { type RawAnswer, startRawServer } from "./raw-server.ts";
import type { ClientOptions, Wire } from "./wires.ts";

/** What a caller got, by its own account. */
export interface CallerLog {
  /** Messages that it was given. */
  received: number;
  /** Messages that it gave away. */
  sent: number;
  /** `ok` or the error's code, in Connect's spelling. Undefined when it left the stream. */
  code: string | undefined;
}

/** How a cell makes its call. */
export interface CallPlan {
  /** Default one message, or three for streams of requests. */
  requests?: AsyncIterable<Text>;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Runs after otelkit's, so that it sees nothing of what this does. */
  interceptor?: Interceptor;
  client?: ClientOptions;
  /** Whether no response is read, though the call is made. */
  isUnread?: boolean;
  /** What is done with each response. Returning false leaves the stream. */
  onResponse?: (response: Text) => unknown;
}

/** A measured server, a measured client and the proxy between them, for one call. */
export interface Scene {
  readonly kind: Kind;
  readonly wire: Wire;
  readonly handler: HandlerLog;
  readonly proxy: ObservingProxy;
  readonly recorders: Recorders;
  /** The call made by `call`. Undefined before, and where raw bytes are sent. */
  readonly caller: CallerLog | undefined;
  /** Makes the call and reads its responses. Never rejects: how it ended is in the log. */
  call(plan?: CallPlan): Promise<CallerLog>;
  /** Sends bytes that no client sends. */
  raw(request: Omit<RawRequest, "isOver">): Promise<void>;
  /** Ends the client: its connections are closed. */
  closeClient(): void;
  close(): Promise<void>;
}

export interface SceneOptions {
  wire: Wire;
  kind: Kind;
  layers: Layers;
  behave: Behaviour;
  server: Partial<ConnectRouterOptions>;
  /** In place of a handler: then the server is not measured. */
  answer: RawAnswer | undefined;
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { wire, kind, layers, behave } = options;
  const recorders = createRecorders();
  const instrumentation = instrument(layers, recorders);
  const server: EchoServer =
    options.answer === undefined
      ? await startEchoServer(wire.version, behave, options.server, instrumentation)
      : { ...(await startRawServer(wire.version, options.answer)), log: emptyHandlerLog() };
  const proxy = await startObservingProxy(wire.version, server.port);
  const baseUrl = `http://127.0.0.1:${proxy.port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const agent = new Agent({ keepAlive: true });
  let caller: CallerLog | undefined;

  return {
    kind,
    wire,
    handler: server.log,
    proxy,
    recorders,
    get caller() {
      return caller;
    },
    async call(plan = {}) {
      const log: CallerLog = { received: 0, sent: 0, code: undefined };
      caller = log;
      if (wire.createTransport === undefined) throw new Error(`There is no client of ${wire.name}`);
      const transport = wire.createTransport({
        baseUrl,
        ...plan.client,
        ...(wire.version === "2" ? { sessionManager } : { nodeOptions: { agent } }),
        interceptors: [
          ...instrumentation.clientInterceptors,
          ...(plan.interceptor === undefined ? [] : [plan.interceptor]),
        ],
      });
      const count = kind === "client" || kind === "bidi" ? 3 : 1;
      const requests = plan.requests ?? iterate(threeTexts.slice(0, count));
      try {
        const client = createClient(EchoService, transport);
        const { signal, timeoutMs } = plan;
        const isGet = plan.client?.useHttpGet === true;
        const method = isGet ? "idempotent" : kind;
        if (plan.isUnread) {
          await beginCall(client, kind, counted(requests), { signal, timeoutMs });
          return log;
        }
        const responses = makeCall(client, method, counted(requests), { signal, timeoutMs });
        for await (const response of responses) {
          log.received++;
          if (plan.onResponse?.(response) === false) return log;
        }
        log.code = "ok";
      } catch (error) {
        log.code = codeName(ConnectError.from(error).code);
      }
      return log;

      async function* counted(items: AsyncIterable<Text>) {
        for await (const item of items) {
          log.sent++;
          yield item;
        }
      }
    },
    raw(request) {
      const isOver = () => becomes(() => proxy.exchanges.length > 0 && proxy.isSettled());
      return sendRaw(wire.version, proxy.port, { ...request, isOver });
    },
    closeClient() {
      sessionManager.abort();
      agent.destroy();
    },
    async close() {
      await proxy.close();
      await server.close();
    },
  };
}

const threeTexts: readonly Text[] = [{ text: "one" }, { text: "two" }, { text: "three" }];

/** Connect's spelling of a code, such as `not_found`. */
export function codeName(code: Code): string {
  return Code[code].replace(/[A-Z]/g, (letter, index) => (index ? "_" : "") + letter.toLowerCase());
}
