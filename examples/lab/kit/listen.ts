// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Server } from "node:net";
import type { Address } from "./address.ts";
import { formatAddress } from "./address.ts";

/**
 * Listens, and says on which address: port 0 asks for a free one.
 *
 * @throws an error that names the address when it is taken or not this machine's.
 */
export function listen(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "the port is taken" : error.message;
      reject(new Error(`Cannot listen on ${formatAddress(address)}: ${why}`, { cause: error }));
    });
    server.listen(address.port, address.host || undefined, () => {
      const bound = server.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
      resolve({ host: address.host || "localhost", port });
    });
  });
}
