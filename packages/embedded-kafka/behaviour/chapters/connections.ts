// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { requestFrame } from "../../src/raw-client.testing.ts";
import type { Site } from "../site.ts";
import { errorName } from "../wire.ts";

/** What a connection carries, and what ends it. */
export function connectionsChapter(site: Site): void {
  describe("connections", () => {
    test("answer in the order in which they were asked", async () => {
      await using client = await site.connect();
      const frames = Array.from({ length: 20 }, (_, at) => {
        const name = at % 2 ? "metadata" : "listGroups";
        const frame =
          name === "metadata"
            ? requestFrame(name, 9, { topics: [] })
            : requestFrame(name, 3, { statesFilter: [], typesFilter: [] });
        frame.writeInt32BE(at, 4);
        return frame;
      });
      for (const frame of frames) client.send(frame);
      const ids: (number | undefined)[] = [];
      for (const _ of frames) ids.push((await client.frame())?.readInt32BE(0));
      expect(ids).toEqual(frames.map((_, at) => at));
    });

    test("name the versions of ApiVersions when they are asked in another (KIP-511)", async () => {
      await using client = await site.connect();
      const frame = requestFrame("apiVersions", 3, {
        clientSoftwareName: "raw",
        clientSoftwareVersion: "1",
      });
      frame.writeInt16BE(99, 2);
      client.send(frame);
      const answer = await client.frame();
      const numbers = [
        answer?.readInt32BE(6), // Of them there is one.
        answer?.readInt16BE(10),
        answer?.readInt16BE(12),
        answer?.readInt16BE(14),
      ];
      expect([errorName(answer?.readInt16BE(4) ?? 0), numbers]).toEqual([
        "UNSUPPORTED_VERSION",
        [1, 18, 0, 4],
      ]);
    });

    test("refuse clients that do not say what they are", async () => {
      await using client = await site.connect();
      const software = { clientSoftwareName: "-", clientSoftwareVersion: "" };
      const { errorCode } = await client.call("apiVersions", 3, software);
      expect(errorName(errorCode)).toBe("INVALID_REQUEST");
    });

    test.each([
      ["a key that there is not", [0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff]],
      ["a version that there is not", [0, 3, 0x7f, 0xff, 0, 0, 0, 1, 0xff, 0xff]],
      ["half a header", [0, 3]],
      ["nothing", []],
      ["a body that ends early", [0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0, 5]],
      [
        "an array of two thousand million",
        [0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff],
      ],
    ])("end at %s, and only that one does", async (_, bytes) => {
      await using other = await site.connect();
      await using client = await site.connect();
      client.send(Buffer.from(bytes));
      const answer = await client.frame();
      const { brokers } = await other.call("metadata", 9, { topics: [] });
      expect([answer, brokers.length]).toEqual([undefined, 1]);
    });

    test.each([
      ["a size below zero", [0xff, 0xff, 0xff, 0xff]],
      ["a size of a byte more than they take", [0x06, 0x40, 0x00, 0x01]],
      ["a size of 2 GiB", [0x7f, 0xff, 0xff, 0xff]],
      ["what is not Kafka's", [...Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
    ])("end at %s", async (_, bytes) => {
      await using client = await site.connect();
      client.socket.write(Buffer.from(bytes));
      expect(await client.frame()).toBeUndefined();
    });
  });
}
