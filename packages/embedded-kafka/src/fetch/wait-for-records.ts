// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestContext } from "../handlers/handler.ts";
import type { FetchPlan } from "./fetch-plan.ts";

/**
 * Resolves with true when a request's plan has enough or its time is over, and with false when the
 * client is gone.
 */
export function waitForRecords(
  plan: FetchPlan,
  ms: number,
  { cluster, onClose }: RequestContext,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let isAsked = false;
    let isFinished = false;
    const finish = () => {
      isFinished = true;
      for (const cancel of cancels) cancel();
    };
    const look = (lookAt: () => void, isOver = false) => {
      try {
        lookAt();
        if (!isOver && !plan.isEnough) return;
        finish();
        resolve(true);
      } catch (error) {
        // Nobody else would hear of it: it is not the request that calls.
        finish();
        reject(error);
      }
    };
    const locate = () => plan.locate();
    const refresh = () => plan.refresh();
    const ask = () => {
      isAsked = false;
      if (!isFinished) look(refresh);
    };
    const askSoon = () => {
      // Once for all partitions that one produce request appends to.
      if (!isAsked) queueMicrotask(ask);
      isAsked = true;
    };
    const cancels = plan.partitions.flatMap(({ partition }) => partition?.log.watch(askSoon) ?? []);
    cancels.push(cluster.onLeader(() => look(locate)));
    cancels.push(cluster.clock.after(ms, () => look(locate, true)));
    cancels.push(
      onClose(() => {
        finish();
        resolve(false);
      }),
    );
  });
}
