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
  return new Promise((resolve) => {
    let isAsked = false;
    const finish = (isConnected: boolean) => {
      for (const cancel of cancels) cancel();
      isAsked = true; // A question that is on its way comes too late.
      resolve(isConnected);
    };
    const ask = () => {
      if (!isAsked) return;
      isAsked = false;
      plan.refresh();
      if (plan.isEnough) finish(true);
    };
    const askSoon = () => {
      // Once for all partitions that one produce request appends to.
      if (!isAsked) queueMicrotask(ask);
      isAsked = true;
    };
    const lookAgain = () => {
      plan.locate();
      if (plan.isEnough) finish(true);
    };
    const expire = () => {
      plan.locate();
      finish(true);
    };
    const cancels = plan.partitions.flatMap(({ partition }) => partition?.log.watch(askSoon) ?? []);
    cancels.push(cluster.onLeader(lookAgain));
    cancels.push(cluster.clock.after(ms, expire));
    cancels.push(onClose(() => finish(false)));
  });
}
