// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { spareBuffers } from "../spare-buffers.ts";
import { FrameSplitter } from "./frame-splitter.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function frame(content: string): Buffer {
  const bytes = Buffer.alloc(4 + content.length);
  bytes.writeInt32BE(content.length);
  bytes.write(content, 4);
  return bytes;
}

test("FrameSplitter.push() gives the same frames however the bytes are cut", () => {
  const bytes = Buffer.concat(["one", "", "three"].map(frame));
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const splitter = new FrameSplitter(10);
      const frames = [[0, first] as const, [first, second] as const, [second] as const].flatMap(
        ([from, to]) => splitter.push(bytes.subarray(from, to)),
      );
      expect(frames.map(String)).toEqual(["one", "", "three"]);
    }
  }
});

test("FrameSplitter.push() gives large frames when they come in pieces, and what follows them", () => {
  const contents = ["a".repeat(70_000), "b", "c".repeat(200_000), "d"];
  const bytes = Buffer.concat(contents.map(frame));
  const splitter = new FrameSplitter(200_000);
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; at += 60_001) {
    for (const one of splitter.push(bytes.subarray(at, at + 60_001))) {
      frames.push(String(one));
      spareBuffers.giveBack(one);
    }
  }
  expect(frames).toEqual(contents);
});

test("FrameSplitter keeps no memory of a frame when it was taken", async () => {
  const splitter = new FrameSplitter(10);
  const chunks: WeakRef<ArrayBufferLike>[] = [];
  const push = () => {
    // Memory of its own, as a socket's is.
    const chunk = Buffer.from(new Uint8Array(frame("content")).buffer);
    chunks.push(new WeakRef(chunk.buffer));
    return splitter.push(chunk).length;
  };
  expect(push()).toBe(1);
  await vi.waitUntil(() => {
    collectGarbage();
    return chunks[0]?.deref() === undefined;
  });
  expect(splitter.push(frame("next")).map(String)).toEqual(["next"]);
});
