// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { toolPath } from "@labwire/servers";
import { describe, expect, test } from "vitest";
import { user } from "../lab.ts";
import { runClient } from "../run-client.ts";
import type { Site } from "../site.ts";

/** kcat, with the librdkafka that Debian has. */
export function kcatChapter(site: Site): void {
  describe("kcat", () => {
    test("prints what it wrote, with keys, headers and offsets", async () => {
      const topic = await site.topic();
      const input = ["a:one", "b:two", "c:three", ""].join("\n");
      await kcat(["-P", "-t", topic, "-K:", "-H", "trace=1", "-z", "lz4"], input);
      const format = "%o %k %s %h\\n";
      const printed = await kcat(["-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", format]);
      expect(printed).toBe("0 a one trace=1\n1 b two trace=1\n2 c three trace=1\n");
    });

    test("consumes as a member of a group", async () => {
      const topic = await site.topic({ partitions: 2 });
      const group = await site.group();
      await kcat(["-P", "-t", topic], "one\ntwo\nthree\n");
      const args = ["-c", "3", "-q", "-X", "auto.offset.reset=earliest", "-G", group, topic];
      const printed = await kcat(args);
      expect(printed.trim().split("\n").sort()).toEqual(["one", "three", "two"]);
    });

    test("lists topics and finds offsets by time", async () => {
      const topic = await site.topic({ partitions: 2 });
      await kcat(["-P", "-t", topic, "-p", "1"], "one\ntwo\n");
      const { topics } = JSON.parse(await kcat(["-L", "-J", "-t", topic]));
      const offsets = await kcat(["-Q", "-t", `${topic}:1:-1`]);
      expect({
        topics: topics.map((one: { topic: string; partitions: unknown[] }) => [
          one.topic,
          one.partitions.length,
        ]),
        offsets,
      }).toEqual({ topics: [[topic, 2]], offsets: `${topic} [1] offset 2\n` });
    });

    test("logs in by PLAIN", async () => {
      const topic = await site.topic();
      const address = site.cluster.addressesOf("SASL_PLAINTEXT").join();
      const login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user.username,
        "sasl.password": user.password,
      };
      const options = Object.entries(login).flatMap(([name, value]) => ["-X", `${name}=${value}`]);
      const { brokers } = JSON.parse(
        await kcat(["-L", "-J", "-t", topic, ...options], "", address),
      );
      expect(brokers).toEqual([{ id: 0, name: address }]);
    });
  });

  function kcat(args: string[], input = "", address = site.cluster.addresses.join()) {
    return runClient(toolPath("kcat") ?? "", ["-b", address, ...args], { input });
  }
}
