// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { expect, test } from "vitest";
import { createCoverSink } from "./cover.testing.ts";
import { answered, startLibrary } from "./library.testing.ts";

const mib = 2 ** 20;
const size = 256 * mib;
const piece = Buffer.alloc(1 << 16, "x");
const boundary = "boundary";

async function* form() {
  const disposition = 'content-disposition: form-data; name="file"; filename="large"';
  yield Buffer.from(`--${boundary}\r\n${disposition}\r\n\r\n`);
  for (let sent = 0; sent < size; sent += piece.byteLength) yield piece;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

async function receive(child: ChildProcess): Promise<number> {
  const [message] = await once(child, "message");
  return message;
}

test("formUpload() streams 256 MiB with less than 64 MiB of extra memory", async () => {
  await using library = await startLibrary({ uploadCover: createCoverSink().uploadCover });
  const child = fork(new URL("gateway-process.testing.ts", import.meta.url), [library.backend], {
    // A smaller young generation: what is garbage at once is not kept for long.
    execArgv: ["--conditions=@labwire/source", "--max-semi-space-size=1"],
  });
  try {
    const port = await receive(child);
    child.send("idle");
    const before = await receive(child);
    const answer = await answered(
      fetch(`http://127.0.0.1:${port}/v1/covers`, {
        method: "POST",
        headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
        body: form(),
        duplex: "half",
      } as unknown as RequestInit),
    );
    child.send("uploaded");
    const most = await receive(child);

    const sha256 = createHash("sha256");
    for (let sent = 0; sent < size; sent += piece.byteLength) sha256.update(piece);
    const cover = { filename: "large", contentType: "text/plain" };
    expect(answer).toEqual([200, { ...cover, size: String(size), sha256: sha256.digest("hex") }]);
    console.log(`${Math.round((most - before) / mib)} MiB more than ${Math.round(before / mib)}`);
    expect(most - before).toBeLessThan(64 * mib);
  } finally {
    child.disconnect();
  }
});
