// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Address } from "../address.ts";
import { parseAddress } from "../address.ts";
import type { Variable } from "../config.ts";
import * as variable from "../variables.ts";

const redisAddress: Variable<Address | undefined> = {
  default: "",
  doc: "Redis, shared by all processes; empty for none. Without, only a store that can tell what others wrote (`sqlite:`) is cached. While it is away the store answers.",
  parse: (text) => (text === "" ? undefined : parseAddress(text)),
};

/** What every process reads that reads through the cache, or writes what others have cached. */
export const cacheVariables = {
  REDIS_ADDR: redisAddress,
  REDIS_PASSWORD: variable.text({ default: "", doc: "Its password; empty for none." }),
  REDIS_DATABASE: variable.integer({ default: "0", doc: "Number of its database." }),
};
