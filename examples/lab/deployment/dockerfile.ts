// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** One stage of a Dockerfile. */
export interface Stage {
  readonly name: string;
  /** The image, or the stage, that it begins with. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In capitals: `COPY`. */
  readonly keyword: string;
  readonly value: string;
}

export interface Dockerfile {
  /** Defaults of the arguments before the first stage. */
  readonly args: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

/** Reads a Dockerfile, as far as ours use the format; its `ARG` defaults are put in. */
export function parseDockerfile(text: string): Dockerfile {
  const args = new Map<string, string>();
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const { keyword, value } of instructionsOf(text)) {
    if (keyword === "ARG" && stages.length === 0) {
      const [name = "", preset = ""] = value.split("=");
      args.set(name, preset);
    } else if (keyword === "FROM") {
      const from = value.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args.get(name) ?? "");
      const [image = "", , name = image] = from.split(/\s+/);
      stages.push({ name, from: image, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ keyword, value });
    }
  }
  return { args, stages };
}

function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, keyword = "", value = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { keyword: keyword.toUpperCase(), value };
    });
}

/** All instructions that a stage's image is the result of, those of its base stages first. */
export function lineage({ stages }: Dockerfile, name: string): Instruction[] {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) return [];
  return [...lineage({ args: new Map(), stages }, stage.from), ...stage.instructions];
}

/** The last value of an instruction, which is the one that counts. */
export function lastOf(instructions: readonly Instruction[], keyword: string): string | undefined {
  return instructions.findLast((instruction) => instruction.keyword === keyword)?.value;
}
