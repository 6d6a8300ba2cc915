// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { videoStoreContract } from "./store.contract.ts";
import { createMemoryVideoStore } from "./store.memory.ts";

videoStoreContract("memory", async (now) => {
  const store = createMemoryVideoStore({ now });
  return { store, events: async () => store.events };
});
