// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { changeConfigs } from "./change-configs.ts";
import type { Handler } from "./handler.ts";

/** Sets all configs of topics and brokers: those that are not named are unset. */
export const alterConfigs: Handler<"alterConfigs"> = ({ resources, validateOnly }, context) => ({
  responses: changeConfigs(
    resources,
    {
      validateOnly,
      mayLackValue: () => false,
      change: (_, changes) =>
        Object.fromEntries(changes.map(({ name, value }) => [name, value ?? ""])),
    },
    context,
  ),
});
