// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of node:http, node:https or node:http2, and of what is built on them. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of node:http, node:https or node:http2, and of what is built on them. */
export type NodeResponse = ServerResponse | Http2ServerResponse;
