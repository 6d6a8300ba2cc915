// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** An entry of package-lock.json's `packages`, by its path such as `node_modules/rollup`. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  link?: boolean;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export type LockedPackages = Record<string, LockedPackage>;

const systems = /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)/;
const processors = /(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)/;
const libraries = { musl: "musl", gnu: "glibc" } as const;

/**
 * Optional packages that the lockfile names as dependencies and holds no entry for: binaries for
 * other platforms, mostly.
 *
 * npm leaves them out when the registry does not have them at the time, or when it writes the
 * lockfile from an installed tree (npm/cli#4828). `npm ci` then refuses the lockfile, or installs
 * a tool without its binary on that platform. The entries found here complete it.
 *
 * @throws when an optional dependency is a range, so that nothing says which version is meant
 */
export function missingOptionalPackages(packages: LockedPackages): LockedPackages {
  const missing: LockedPackages = {};
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isHeld(packages, path, name)) continue;
      if (!/^\d/.test(version)) {
        throw new Error(`Cannot complete '${name}' of '${path}': '${version}' is not one version`);
      }
      missing[`node_modules/${name}`] = { version, ...platformOf(name, dev) };
    }
  }
  return missing;
}

/** Entries that say from which host a package came: another machine may not reach it. */
export function packagesWithHosts(packages: LockedPackages): string[] {
  return Object.keys(packages).filter((path) => packages[path]?.resolved?.includes("://"));
}

/** Looks where Node.js would: in the package's own `node_modules`, then in those above it. */
function isHeld(packages: LockedPackages, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf("node_modules/") - 1)) {
    if (packages[`${folder ? `${folder}/` : ""}node_modules/${name}`]) return true;
    if (!folder.includes("node_modules/")) return `node_modules/${name}` in packages;
  }
}

/** Fields in the order in which npm writes them. */
function platformOf(name: string, dev: boolean | undefined): LockedPackage {
  const os = name.match(systems)?.[1];
  const cpu = name.match(processors)?.[1];
  const libc = os === "linux" ? name.match(/(musl|gnu)/)?.[1] : undefined;
  return {
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev }),
    ...(libc && { libc: [libraries[libc as keyof typeof libraries]] }),
    optional: true,
    ...(os && { os: [os] }),
  };
}
