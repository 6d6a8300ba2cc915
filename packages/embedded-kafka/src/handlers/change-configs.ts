// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { checkTopicConfigs } from "../topics/topic-configs.ts";
import {
  type ConfigResource,
  checkResourceName,
  refuseResource,
  resourceTypes,
} from "./config-resources.ts";
import { type Fault, fault, noFault, repeated, storing } from "./fault.ts";
import type { RequestContext } from "./handler.ts";

type Configs = Readonly<Record<string, string>>;

/** A resource with the changes of its configs. */
export interface ConfigChanges<C> extends ConfigResource {
  readonly configs: readonly (C & { readonly name: string; readonly value: string | null })[];
}

/** How one kind of request changes configs. */
export interface ConfigChanger<C> {
  readonly validateOnly: boolean;
  /** Whether a change may come without a value. */
  readonly mayLackValue: (change: C) => boolean;
  /** What the configs of a topic become, or why they cannot. */
  readonly change: (configs: Configs, changes: ConfigChanges<C>["configs"]) => Configs | Fault;
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
  { resourceType, resourceName, configs }: ConfigChanges<C>,
  { validateOnly, mayLackValue, change }: ConfigChanger<C>,
  { cluster, node }: RequestContext,
): Fault {
  const names = configs.map(({ name }) => name);
  const nulls = configs.filter((one) => one.value === null && !mayLackValue(one));
  if (nulls.length > 0) {
    const list = nulls.map(({ name }) => name).join(",");
    return fault("INVALID_REQUEST", `Null value not supported for : ${list}`);
  }
  if (repeated(names).size > 0) {
    return fault("INVALID_REQUEST", "Error due to duplicate config keys");
  }
  if (resourceType !== resourceTypes.topic) {
    return refuseResource({ resourceType, resourceName }, names, node.id);
  }
  const topic = cluster.topics.get(resourceName);
  const changed = change(topic?.configs ?? {}, configs);
  if (isFault(changed)) return changed;
  const badName = checkResourceName(resourceName);
  if (badName) return badName;
  const invalid = checkTopicConfigs(changed);
  if (invalid) return fault("INVALID_CONFIG", invalid);
  if (!topic) {
    return fault("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${resourceName}' does not exist.`);
  }
  if (validateOnly) return noFault;
  const failed = storing(cluster, `Cannot configure the topic '${resourceName}'`, () => {
    cluster.topics.configure(resourceName, changed);
  });
  return failed ?? noFault;
}

function isFault(result: Configs | Fault): result is Fault {
  return typeof result.errorCode === "number";
}
