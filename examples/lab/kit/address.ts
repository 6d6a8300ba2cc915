// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A TCP address. An empty host means every interface when listening, localhost when calling. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `:port` or `[::1]:port`, no URL; throws what it must be. */
export function parseAddress(text: string): Address {
  const [, host = "", port = ""] = /^([^/@\s]*):(\d+)$/.exec(text.trim()) ?? [];
  if (port === "" || Number(port) > 65_535) throw new Error("an address like 127.0.0.1:8081");
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** The address as a person writes it, and as `parseAddress` reads it. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The base URL of a plain-text HTTP server there. */
export function httpUrl({ host, port }: Address): string {
  return `http://${formatAddress({ host: host || "localhost", port })}`;
}
