// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { intersects, minVersion, validRange } from "semver";

/** What package.json files say of versions, by package name; `node` is the engines' floor. */
export type DeclaredVersions = ReadonlyMap<string, readonly string[]>;

const statements = [
  // `npm install kafkajs@2.2.4`
  /(?<![\w/@-])(?<name>(?:@[\w-]+\/)?[a-z][\w.-]*)@(?<version>[~^]?\d[\w.-]*)/g,
  // `@connectrpc/connect` 2.2
  /`(?<name>(?:@[\w-]+\/)?[a-z][\w.-]*)` (?<version>[~^]?\d+\.\d+(?:\.\d+)?)/g,
  // Node 22.15, Node.js >=22.15
  /\b(?<name>Node)(?:\.js)? (?:>=\s*)?(?<version>\d+\.\d+(?:\.\d+)?)/g,
];

/**
 * Versions that a text states and no package.json agrees with. Names that no package.json knows
 * are not judged.
 */
export function staleVersions(file: string, text: string, declared: DeclaredVersions): string[] {
  return text.split("\n").flatMap((line, index) =>
    statements.flatMap((statement) =>
      [...line.matchAll(statement)].flatMap(({ groups }) => {
        const name = groups?.name ?? "";
        const version = (groups?.version ?? "").replace(/[.-]+$/, "");
        const ranges = declared.get(name === "Node" ? "node" : name);
        if (!ranges || !validRange(version)) return [];
        const agrees =
          name === "Node"
            ? ranges.some((range) => minVersion(range)?.version === minVersion(version)?.version)
            : ranges.some((range) => intersects(range, version));
        if (agrees) return [];
        return [
          `${file}:${index + 1}: ${name} ${version}, but package.json says ${ranges.join(", ")}`,
        ];
      }),
    ),
  );
}
