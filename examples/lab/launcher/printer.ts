// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Colours that read on dark and on light terminals.
const colours = [36, 35, 34, 33, 32, 31, 96];

/** Prints lines prefixed with the process they come from, in columns. */
export function createPrinter(names: readonly string[]): (name: string, line: string) => void {
  const width = Math.max(...names.map((name) => name.length), "comment-migration".length);
  const isTerminal = process.stdout.isTTY;
  return (name, line) => {
    const prefix = `${name.padEnd(width)} |`;
    const colour = colours[Math.max(names.indexOf(name), 0) % colours.length];
    console.log(isTerminal ? `\u001b[${colour}m${prefix}\u001b[0m ${line}` : `${prefix} ${line}`);
  };
}
