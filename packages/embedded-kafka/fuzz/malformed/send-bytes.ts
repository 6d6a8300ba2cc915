// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { connect as connectTls } from "node:tls";

/** A port of the broker, and how it is spoken to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isTls?: boolean;
}

/** So long a connection may stay open after its client has said all and ended it. */
const patienceMs = 20_000;

/**
 * Sends bytes over a connection of their own, in one of the ways in which bytes come: at once, in
 * pieces, with an end, or broken off. Resolves when the connection is closed.
 *
 * @throws {Error} when the broker does not close it
 */
export async function sendBytes(
  target: Target,
  bytes: Buffer,
  random: () => number,
): Promise<void> {
  const socket = open(target);
  // It may be reset in the middle, or be no TLS at all.
  socket.on("error", () => {});
  socket.resume();
  const closed = once(socket, "close").catch(() => {});
  const breaksOff = random() < 0.1;
  if (random() < 0.3) await sendInPieces(socket, bytes, random);
  else socket.write(bytes);
  if (breaksOff) {
    await setImmediate();
    socket.destroy();
  } else socket.end();
  await withinPatience(closed);
}

function open({ host, port, isTls }: Target): Socket {
  return isTls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port });
}

async function sendInPieces(socket: Socket, bytes: Buffer, random: () => number): Promise<void> {
  for (let at = 0; at < bytes.length && socket.writable; ) {
    const end = at + 1 + Math.floor(random() ** 3 * bytes.length);
    socket.write(bytes.subarray(at, end));
    at = end;
    await setImmediate();
  }
}

async function withinPatience(closed: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The broker holds a dead connection")), patienceMs);
  });
  await Promise.race([closed, late]).finally(() => clearTimeout(timer));
}
