// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createRegistry, type DescFile, type DescService, type Registry } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { answerUnary, type RouteContext } from "./call.ts";
import { errorResponse } from "./error-response.ts";
import type { GatewayRequest, GatewayResponse } from "./exchange.ts";
import { handleFetch } from "./fetch-handler.ts";
import type { Upload } from "./form-upload.ts";
import { GatewaykitError } from "./gatewaykit-error.ts";
import { HttpError } from "./http-error.ts";
import { readHttpRules, readTemplate, ruleError } from "./http-rule.ts";
import { handleNode, type NodeRequest, type NodeResponse } from "./node-handler.ts";
import type { PathTemplate } from "./path-template.ts";
import { createRouter, type RouteMatch } from "./router.ts";

/** Options of {@link createGateway}. */
export interface GatewayOptions {
  /**
   * Services whose methods have `google.api.http` rules. Methods without one have no route.
   */
  services: DescService[];
  /** Where the calls go: any transport of Connect, with its interceptors. */
  transport: Transport;
  /** Routes that stream a file of a form into an RPC: see `formUpload`. Default none. */
  uploads?: Upload[];
  /**
   * How large a request's body may be, in bytes; a larger one is answered 413. Of uploads, what the
   * form holds besides the file. Default 4 MiB, which is what gRPC servers take for a message.
   */
  maxRequestBytes?: number;
  /**
   * How long a unary call may take when its request has no header `Grpc-Timeout`, in milliseconds.
   * Default none but the transport's own. Uploads have none, as they take as long as their client.
   */
  timeoutMs?: number;
  /**
   * Types that `google.protobuf.Any` and error details may hold, such as those of `google.rpc`.
   * Default none but those that the services' files import; details of other types are answered
   * with their bytes in base64.
   */
  registry?: Registry;
}

/** REST in front of Connect services. */
export interface Gateway {
  /** Answers a request of the fetch API. It never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Answers a request of `node:http`, or of `node:http2` by its compatibility API. */
  node(request: NodeRequest, response: NodeResponse): void;
}

interface Target {
  name: string;
  answer(request: GatewayRequest, pathValues: string[], query: string): Promise<GatewayResponse>;
}

/**
 * Makes a REST gateway of the `google.api.http` rules of services.
 *
 * @throws {GatewaykitError} when a rule cannot be served, or two take the same requests.
 */
export function createGateway({
  services,
  transport,
  uploads = [],
  maxRequestBytes = 4 * 1024 * 1024,
  timeoutMs,
  registry,
}: GatewayOptions): Gateway {
  const methods = uploads.map(({ method }) => method.parent);
  const types = typesOf([...services, ...methods], registry);
  const context: RouteContext = { transport, registry: types, maxRequestBytes, timeoutMs };
  const router = createRouter<Target>();

  function addRoute(httpMethod: string, template: PathTemplate, target: Target): void {
    const known = router.add(httpMethod, template, target);
    if (known === undefined) return;
    throw new GatewaykitError(
      `Cannot route ${target.name} as it takes the same requests as ${known.name}`,
      { code: "conflict" },
    );
  }

  for (const binding of services.flatMap(readHttpRules)) {
    addRoute(binding.httpMethod, binding.template, {
      name: binding.name,
      answer: (request, pathValues, query) =>
        answerUnary(context, binding, request, pathValues, query),
    });
  }
  for (const upload of uploads) {
    const name = `'POST ${upload.path}' of '${upload.method.parent.typeName}.${upload.method.name}'`;
    const template = readTemplate(upload.path, name);
    if (template.variables.length > 0) {
      throw ruleError(name, "the path of an upload cannot have variables");
    }
    addRoute("POST", template, {
      name,
      answer: (request) => upload.answer(request, context),
    });
  }

  async function answer(request: GatewayRequest): Promise<GatewayResponse> {
    try {
      return await dispatch(request);
    } catch (error) {
      // Whatever came of it, nobody waits for the answer.
      const reason = request.signal.aborted
        ? new ConnectError("The client went away", Code.Canceled)
        : error;
      return errorResponse(reason, types);
    }
  }

  async function dispatch(request: GatewayRequest): Promise<GatewayResponse> {
    const [path, query] = splitTarget(request.target);
    const match = findRoute(request.method, path);
    if (match !== undefined) return await match.target.answer(request, match.values, query);
    const allowed = router.methods(path);
    if (allowed.length === 0) throw new HttpError(404, Code.NotFound, "Not Found");
    if (allowed.includes("GET") && !allowed.includes("HEAD")) allowed.push("HEAD");
    // grpc-gateway answers 501 here, without `Allow`.
    throw new HttpError(405, Code.Unimplemented, "Method Not Allowed", {
      headers: { allow: allowed.sort().join(", ") },
    });
  }

  function findRoute(method: string, path: string): RouteMatch<Target> | undefined {
    try {
      const match = router.match(method, path);
      return match ?? (method === "HEAD" ? router.match("GET", path) : undefined);
    } catch {
      const reason = `Cannot read the path '${path}' as it has a malformed escape`;
      throw new ConnectError(reason, Code.InvalidArgument);
    }
  }

  return {
    fetch: (request) => handleFetch(request, answer),
    node: (request, response) => void handleNode(request, response, answer),
  };
}

function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  if (!path.startsWith("/")) throw new ConnectError("Bad Request", Code.InvalidArgument);
  return [path, mark === -1 ? "" : target.slice(mark + 1)];
}

function typesOf(services: DescService[], registry: Registry | undefined): Registry {
  const files = new Set<DescFile>();
  const visit = (file: DescFile) => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(visit);
  };
  for (const service of services) visit(service.file);
  return registry === undefined ? createRegistry(...files) : createRegistry(registry, ...files);
}
