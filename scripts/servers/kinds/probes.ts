// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { connect } from "node:net";

/** Whether a TCP connection is taken and, after a request, the answer starts as it should. */
export function answersTcp(port: number, request?: string, answer?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 1000 });
    socket.once("error", () => finish(false)).once("timeout", () => finish(false));
    socket.once("close", () => finish(false));
    if (request === undefined || answer === undefined) {
      socket.once("connect", () => finish(true));
      return;
    }
    let received = "";
    socket.once("connect", () => socket.write(request));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (received.length >= answer.length) finish(received.startsWith(answer));
    });

    function finish(result: boolean): void {
      socket.destroy();
      resolve(result);
    }
  });
}

/** Whether a GET is answered with a status of success. */
export async function answersHttp(port: number, path: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(1000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
