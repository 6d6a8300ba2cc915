// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A slip in a number must not make a million logs. */
export const maxPartitions = 10_000;

const maxLength = 249;

/** Says whether a name may be a topic's, by Kafka's rules. */
export function isTopicName(name: string): boolean {
  return checkTopicName(name) === undefined;
}

/** Says why a name cannot be a topic's, in Kafka's words; undefined when it can. */
export function checkTopicName(name: string): string | undefined {
  const reason = whyInvalid(name);
  return reason && `Topic name is invalid: ${reason}`;
}

function whyInvalid(name: string): string | undefined {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' is not allowed`;
  if (name.length > maxLength) {
    return `the length of '${name}' is longer than the max allowed length ${maxLength}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return undefined;
}

/** Names that are the same under this are not told apart by Kafka's metrics, so one of them is refused. */
export function metricName(name: string): string {
  return name.replaceAll(".", "_");
}
