// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What the processes read that cache. */
export const cacheVariables = {
  REDIS_ADDR: {
    default: "",
    doc: "Shared cache: empty, as only the cache in the process is there yet.",
    parse: (text: string) => {
      if (text !== "") throw new Error("empty, as a shared cache is not there yet");
      return text;
    },
  },
};
