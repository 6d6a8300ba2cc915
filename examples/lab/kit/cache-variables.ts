// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import * as variable from "./variables.ts";

/** What every process reads that reads through the cache, or writes what others have cached. */
export const cacheVariables = {
  REDIS_ADDR: variable.text({
    default: "",
    doc: "Redis, shared by all processes; empty for none.",
  }),
  REDIS_PASSWORD: variable.text({ default: "", doc: "Its password; empty for none." }),
  REDIS_DATABASE: variable.integer({ default: "0", doc: "Number of its database." }),
};
