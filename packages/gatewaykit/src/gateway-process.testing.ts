// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// A gateway in a process of its own, so that its memory can be measured. Its argument is the address
// of the gRPC server. It sends its port when it is ready, and answers each message with how many
// bytes of memory it had at most since.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { coverUpload } from "./cover.testing.ts";
import { createGateway } from "./index.ts";

const gateway = createGateway({
  services: [],
  transport: createGrpcTransport({ baseUrl: String(process.argv[2]) }),
  uploads: [coverUpload({ maxBytes: 2 ** 40 })],
});

let most = process.memoryUsage.rss();
setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 20);

process.on("message", () => {
  process.send?.(most);
  most = process.memoryUsage.rss();
});
process.on("disconnect", () => process.exit());

const server = createServer(gateway.node).listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
