// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import type { Victim } from "./chaos.testing.ts";
import { describeKills, uploadGaps, wreakHavoc } from "./chaos.testing.ts";
import { allEnded, expectConsistent, finishDeletes } from "./consistency.testing.ts";
import type { OwnServers } from "./own-servers.testing.ts";
import { serverVariables, startOwnServers } from "./own-servers.testing.ts";
import { seededRandom } from "./random.testing.ts";
import type { RealLab } from "./real-lab.testing.ts";
import { startRealLab } from "./real-lab.testing.ts";
import { restClient } from "./rest.testing.ts";
import { lookInto } from "./stores.testing.ts";
import { describeCalls, runWorkload } from "./workload.testing.ts";

// More of them find more: LAB_CHAOS_ROUNDS=20 takes about ten minutes.
const uploads = Number(process.env.LAB_CHAOS_UPLOADS ?? 200);
const rounds = Number(process.env.LAB_CHAOS_ROUNDS ?? 2);
const seed = Number(process.env.LAB_CHAOS_SEED ?? randomInt(2 ** 31));

const sweepMs = 3000;

describeWith(serverVariables, "chaos", () => {
  let servers: OwnServers;
  let lab: RealLab;

  beforeAll(async () => {
    servers = await startOwnServers();
    lab = await startRealLab({
      env: {
        ...servers.env,
        TRANSCODER_MOCK_DELAY: "300ms",
        // Longer than any upload of the test is under way.
        SWEEP_AGE: `${sweepMs}ms`,
        SWEEP_INTERVAL: `${sweepMs}ms`,
      },
    });
  }, 180_000);

  afterAll(async () => {
    await lab?.close();
    await servers?.stop();
  });

  test(
    `kill -9 of every process and every server at random, during ${uploads} uploads and comments, loses nothing acknowledged and leaves nothing half`,
    async () => {
      console.log(`LAB_CHAOS_SEED=${seed}`);
      onTestFailed(() => {
        const said = lab.lines.filter(({ line }) => / (warn|error) |died|gave up/.test(line));
        console.log(said.map(({ name, line }) => `${name} | ${line}`).join("\n"));
      });
      const rest = restClient(lab);
      const stores = lookInto(servers.env);
      const havoc = wreakHavoc([...lab.names.map(processVictim), ...serverVictims()], {
        ...{ rounds, maxPauseMs: 4000, maxDownMs: 1500 },
        random: seededRandom(seed),
      });
      const ledger = await runWorkload({
        ...{ rest, uploads, until: havoc, pauseMs: 500 },
        random: seededRandom(seed + 1),
      });
      const kills = await havoc;
      const calm = Date.now();
      await lab.ready();
      await finishDeletes(ledger, rest);
      const videos = await allEnded(rest, 120_000);

      const { medianMs, longestMs } = uploadGaps(kills, ledger.acknowledged);
      const ended = Map.groupBy(videos, ({ status }) => status);
      console.log(
        [
          ...describeCalls(ledger),
          ...describeKills(kills),
          `videos at the end: ${[...ended].map(([status, its]) => `${status} x ${its.length}`).join(", ")}`,
          `from a kill to the next upload: median ${medianMs} ms, longest ${longestMs} ms`,
          `from the last recovery until all were whole: ${((Date.now() - calm) / 1000).toFixed(1)} s`,
        ].join("\n"),
      );
      expect(kills).toHaveLength(rounds * (lab.names.length + 5));
      await expectConsistent(ledger, rest, stores, 10 * sweepMs);
      stores.close();
    },
    rounds * 60_000 + 240_000,
  );

  function processVictim(name: string): Victim {
    return {
      name,
      killAndRevive: async () => {
        const before = lab.pid(name);
        lab.kill(name);
        while (lab.pid(name) === before) await sleep(20);
        await lab.ready(name);
      },
    };
  }

  function serverVictims(): Victim[] {
    const { kafka, postgres, mongo, redis, s3 } = servers;
    return [kafka, postgres, mongo, redis, s3].map((server) => ({
      name: server.name,
      killAndRevive: async (downMs) => {
        await server.kill();
        await sleep(downMs);
        await server.start();
      },
    }));
  }
});
