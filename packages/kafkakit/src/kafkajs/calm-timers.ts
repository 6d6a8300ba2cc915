// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(this: RequestQueue): void;
}

/**
 * Each connection of kafkajs 2.2.4 sets a timer of negative length again and again, a thousand
 * times a second, and Node 24 warns of it (https://github.com/tulios/kafkajs/issues/1704). The
 * timer is of use only when requests are waiting. kafkajs is no longer maintained, so its class
 * is amended here, once; where it cannot be found, in a bundle for instance, all works as before.
 */
export function calmTimers(): void {
  try {
    const load = createRequire(import.meta.url);
    const { prototype } = load("kafkajs/src/network/requestQueue/index.js") as {
      prototype: RequestQueue & { [calmed]?: boolean };
    };
    if (prototype[calmed]) return;
    const schedule = prototype.scheduleCheckPendingRequests;
    prototype.scheduleCheckPendingRequests = function scheduleWhenPending() {
      if (this.pending.length > 0) schedule.call(this);
    };
    prototype[calmed] = true;
  } catch {
    // Not essential.
  }
}

const calmed = Symbol.for("labwire.kafkakit.calmed");
