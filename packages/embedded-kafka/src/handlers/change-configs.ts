// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TopicConfig } from "../topics/topic-configs.ts";
import type { ConfigResource } from "./config-resources.ts";
import { type Configs, findConfigTarget } from "./config-targets.ts";
import { type Fault, fault, noFault, repeated, storing } from "./fault.ts";
import type { RequestContext } from "./handler.ts";

/** A resource with the changes of its configs. */
export interface ConfigChanges<C> extends ConfigResource {
  readonly configs: readonly (C & { readonly name: string; readonly value: string | null })[];
}

/** How one kind of request changes configs. */
export interface ConfigChanger<C> {
  readonly validateOnly: boolean;
  /** Whether a change may come without a value. */
  readonly mayLackValue: (change: C) => boolean;
  /** What configs become, or why they cannot. `configOf` tells what is known of each. */
  readonly change: (
    configs: Configs,
    changes: ConfigChanges<C>["configs"],
    configOf: (name: string) => TopicConfig | undefined,
  ) => Configs | Fault;
}

/** Changes configs: of each resource all that was asked for, or nothing. */
export function changeConfigs<C>(
  resources: readonly ConfigChanges<C>[],
  changer: ConfigChanger<C>,
  context: RequestContext,
) {
  const twice = repeated(resources.map(keyOf));
  return resources.map((resource) => {
    const { resourceType, resourceName } = resource;
    const result = twice.has(keyOf(resource))
      ? fault("INVALID_REQUEST", "Each resource must appear at most once.")
      : apply(resource, changer, context);
    return { ...result, resourceType, resourceName };
  });
}

const keyOf = ({ resourceType, resourceName }: ConfigResource) => `${resourceType} ${resourceName}`;

function apply<C>(
  { configs, ...resource }: ConfigChanges<C>,
  { validateOnly, mayLackValue, change }: ConfigChanger<C>,
  context: RequestContext,
): Fault {
  if (repeated(configs.map(({ name }) => name)).size > 0) {
    return fault("INVALID_REQUEST", "Error due to duplicate config keys");
  }
  const nulls = configs.filter((one) => one.value === null && !mayLackValue(one));
  if (nulls.length > 0) {
    const list = nulls.map(({ name }) => name).join(",");
    return fault("INVALID_REQUEST", `Null value not supported for : ${list}`);
  }
  const target = findConfigTarget(resource, context);
  if (isFault(target)) return target;
  const changed = change(target.configs, configs, target.configOf);
  if (isFault(changed)) return changed;
  const refused = target.check(changed);
  if (refused) return refused;
  if (validateOnly) return noFault;
  const store = () => target.store(changed);
  return storing(context.cluster, `Cannot configure ${target.title}`, store) ?? noFault;
}

function isFault(result: object): result is Fault {
  return "errorCode" in result && typeof result.errorCode === "number";
}
