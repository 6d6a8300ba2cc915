// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createContext, Script } from "node:vm";

/** A pattern that RE2 matches at once may take for ever here, where matching backtracks. */
const longestMatchMs = 2_000;
/** Code of a context of its own can be interrupted, also amid a regular expression. */
const interruptible = createContext({});
const filter = new Script("texts.filter((text) => pattern.test(text))");

/** What the syntax of RE2 has not: looking around, and referring back. */
const foreign = /\(\?(?:[=!]|<[=!])|\\[1-9]/;
/** Flags for all of a pattern, such as (?i). */
const leadingFlags = /^\(\?([ims]+)\)/;

/**
 * A regular expression for the whole of a text, in the syntax of RE2, by which Kafka filters names
 * (https://github.com/google/re2/wiki/Syntax). Returns undefined when it is none. Of what RE2 and
 * JavaScript do not share it knows leading flags, `\Q...\E`, `\A`, `\z` and `(?P<name>...)`.
 */
export function re2Pattern(text: string): RegExp | undefined {
  const [flagged = "", flags = ""] = leadingFlags.exec(text) ?? [];
  const source = text
    .slice(flagged.length)
    .replaceAll(/\\Q(.*?)(?:\\E|$)/gs, (_, quoted: string) => escapeLiteral(quoted))
    .replaceAll("\\A", "^")
    .replaceAll("\\z", "$")
    .replaceAll("(?P<", "(?<");
  // An escaped backslash or bracket begins neither.
  if (foreign.test(source.replaceAll(/\\[^1-9]/g, ""))) return undefined;
  try {
    return new RegExp(`^(?:${source})$`, flags);
  } catch {
    return undefined;
  }
}

/** Those of the texts that match; undefined when it takes longer than two seconds to find them. */
export function matching(pattern: RegExp, texts: readonly string[]): string[] | undefined {
  Object.assign(interruptible, { pattern, texts });
  try {
    return [...filter.runInContext(interruptible, { timeout: longestMatchMs })];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  } finally {
    Object.assign(interruptible, { pattern: undefined, texts: undefined });
  }
}

function escapeLiteral(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
