// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeWith } from "@labwire/servers/testing";
import { expect, test, vi } from "vitest";
import { freshMongo } from "./mongo.testing.ts";
import { outboxContract } from "./outbox.contract.ts";
import { openVideoDatabase } from "./store.open.ts";

const stepMs = 1000;

describeWith(["MONGO_URL"], "outbox.mongo", ({ MONGO_URL }) => {
  outboxContract("mongo", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { address, database } = freshMongo(MONGO_URL);
    const leases = database.collection<{ _id: string; expires_at: Date }>("outbox_lease");

    // The clock is the server's: instead of its hand, the end of the lease is moved.
    async function passStep(ms: number): Promise<void> {
      const before = await leases.findOne({ _id: "relay" });
      const sooner = { $set: { expires_at: { $subtract: ["$expires_at", ms] } } };
      await leases.updateOne({ _id: "relay" }, [sooner]);
      if (vi.getTimerCount() === 0) return;
      vi.advanceTimersByTime(ms);
      await vi.waitFor(async () => {
        const after = await leases.findOne({ _id: "relay" });
        expect(after?.expires_at.getTime()).toBeGreaterThanOrEqual(Number(before?.expires_at));
      }, 10_000);
    }

    return {
      open: () => openVideoDatabase(address),
      passTime: async (ms) => {
        for (let left = ms; left > 0; left -= stepMs) await passStep(Math.min(left, stepMs));
      },
    };
  });

  test("claim() gives the lease to one of twenty that ask at once", async () => {
    const { address } = freshMongo(MONGO_URL);
    const opened = await Promise.all(Array.from({ length: 20 }, () => openVideoDatabase(address)));
    const id = "65a000000000000000000001";
    const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };
    const event = { topic: "video", key: id, value: Uint8Array.of(1) };
    await opened[0]?.store.create({ id, ...about }, event);

    const claimed = await Promise.all(opened.map(({ outbox }) => outbox.claim(100)));
    await Promise.all(opened.map(({ outbox }) => outbox.close()));
    await Promise.all(opened.map(({ store }) => store.close()));

    expect(claimed.map((records) => records.length).sort()).toEqual([...Array(19).fill(0), 1]);
  });
});
