// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { testClock } from "./database.testing.ts";
import { describeCommentStore } from "./store.contract.ts";
import { createMemoryCommentStore } from "./store.memory.ts";

describeCommentStore("createMemoryCommentStore()", async () => {
  const { now, tick } = testClock();
  return { store: createMemoryCommentStore({ now }), tick };
});
