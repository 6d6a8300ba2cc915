// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { run } from "../../lib/run.ts";

/**
 * Installs Debian packages where that is expected: in CI, or as root. Elsewhere it rejects with
 * the command to run. Resolves to whether there was anything to do.
 */
export async function installDebianPackages(packages: readonly string[]): Promise<boolean> {
  if (packages.length === 0) return false;
  const isRoot = process.getuid?.() === 0;
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  if (!isRoot && process.env.CI !== "true") {
    throw new Error(`Missing from this machine. On Debian: sudo ${install.join(" ")}`);
  }
  for (const command of [["apt-get", "update", "-qq"], install]) {
    const [program = "", ...args] = isRoot ? command : ["sudo", "-n", ...command];
    const { ok, output } = await run(program, args, {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    if (!ok) throw new Error(`Cannot install Debian packages: ${command.join(" ")}\n${output}`);
  }
  return true;
}
