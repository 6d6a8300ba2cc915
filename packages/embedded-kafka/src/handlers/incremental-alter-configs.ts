// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { listCode } from "../topics/config-type.ts";
import type { TopicConfig } from "../topics/topic-configs.ts";
import { changeConfigs } from "./change-configs.ts";
import { type Fault, fault } from "./fault.ts";
import type { Handler } from "./handler.ts";

type Change = RequestOf<"incrementalAlterConfigs">["resources"][number]["configs"][number];

/** What is done with one config (KIP-339). */
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

/** Changes single configs of topics and brokers, and leaves the others as they are. */
export const incrementalAlterConfigs: Handler<"incrementalAlterConfigs"> = (request, context) => ({
  responses: changeConfigs(
    request.resources,
    {
      validateOnly: request.validateOnly,
      mayLackValue: ({ configOperation }: Change) => configOperation === operations.delete,
      change(configs, changes, configOf) {
        // Without a prototype, so that no name means anything else.
        const changed: Record<string, string> = Object.assign(Object.create(null), configs);
        for (const one of changes) {
          const failed = change(changed, one, configOf(one.name));
          if (failed) return failed;
        }
        return changed;
      },
    },
    context,
  ),
});

function change(
  configs: Record<string, string>,
  one: Change,
  config: TopicConfig | undefined,
): Fault | undefined {
  const { name, configOperation } = one;
  const value = one.value ?? "";
  switch (configOperation) {
    case operations.set:
      configs[name] = value;
      return undefined;
    case operations.delete:
      delete configs[name];
      return undefined;
    case operations.append:
    case operations.subtract: {
      const isAppend = configOperation === operations.append;
      if (config?.type.code !== listCode) {
        const operation = isAppend ? "APPEND" : "SUBTRACT";
        const message = `Can't ${operation} to key ${name} because its type is not LIST.`;
        return fault("INVALID_CONFIG", message);
      }
      const current = (configs[name] ?? config.defaultValue ?? "").split(",").filter(Boolean);
      const items = value.split(",");
      configs[name] = isAppend
        ? [...new Set([...current, ...items])].join(",")
        : current.filter((item) => !items.includes(item)).join(",");
      return undefined;
    }
    default:
      return fault("INVALID_REQUEST", `Unknown operation ${configOperation} for config ${name}`);
  }
}
