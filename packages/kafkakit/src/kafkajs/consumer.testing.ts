// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout } from "node:timers/promises";
import { nameOf } from "../shop.testing.ts";
import { createShop } from "./lab.testing.ts";

// A consumer as a process of its own, which tests kill.

const lab = JSON.parse(process.env.LAB ?? "{}");
const app = createShop(
  lab,
  async (message, { signal }) => {
    await setTimeout(20, undefined, { signal });
    process.send?.(nameOf(message));
  },
  { concurrency: 4 },
);
const controller = new AbortController();
process.on("SIGTERM", () => controller.abort());
const run = await app.start({ signal: controller.signal });
await run.done;
process.disconnect();
