// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A server or tool that is built or unpacked into a folder of the cache. */
export interface CachedRecipe {
  readonly name: string;
  readonly version: string;
  /** Commands that the steps run, each with the Debian package that brings it. */
  readonly needs: Readonly<Record<string, string>>;
  /** Files written before the steps, by path; `bin/*` can be executed. */
  readonly files?: Readonly<Record<string, string>>;
  /** Commands run in the folder, one after the other. `$PREFIX` is the folder's absolute path. */
  readonly steps: readonly (readonly string[])[];
  /** Added to the steps' environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it brings: paths in the folder, by name. */
  readonly programs: Readonly<Record<string, string>>;
}

/** A server or tool that a Debian package puts on the machine. */
export interface DebianRecipe {
  readonly name: string;
  readonly debian: string;
  readonly programs: readonly string[];
  /** Folders beside `PATH` to look in; `*` stands for any one name, the highest first. */
  readonly folders?: readonly string[];
}

export type Recipe = CachedRecipe | DebianRecipe;
