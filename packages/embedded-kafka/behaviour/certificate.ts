// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

/** A key and its certificate, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

let made: Promise<Certificate> | undefined;

/** A certificate for localhost and 127.0.0.1 that is its own authority; one for a process. */
export function certificate(): Promise<Certificate> {
  made ??= make();
  return made;
}

/** A file of the certificate, for clients that take no other; gone with the process. */
export async function caFile(): Promise<string> {
  const { cert } = await certificate();
  const folder = mkdtempSync(join(tmpdir(), "labwire-ca-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const file = join(folder, "ca.pem");
  writeFileSync(file, cert);
  return file;
}

async function make(): Promise<Certificate> {
  const altNames = [
    { type: 2 as const, value: "localhost" },
    { type: 7 as const, ip: "127.0.0.1" },
  ];
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "subjectAltName", altNames },
    ],
  });
  return { key, cert };
}
