// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What Express puts on a request while it looks for the route. */
interface ExpressRequest {
  baseUrl?: unknown;
  params?: unknown;
  route?: unknown;
}

/**
 * Tells the route that Express chooses: where its router is mounted, and the route's own pattern.
 * It must be seen at that moment: when an error goes to an error handler, Express has forgotten
 * where the router was mounted. With any other framework nothing happens.
 */
export function watchExpressRoute(request: object, found: (route: string) => void): void {
  const req: ExpressRequest = request;
  /** Names of parameters by their values: Express tells a mount's path as it was called. */
  const names = new Map<string, string>();

  watchProperty(req, "params", (params) => {
    if (typeof params !== "object" || params === null) return;
    for (const [name, value] of Object.entries(params)) {
      for (const segment of [value].flat().join("/").split("/")) names.set(segment, name);
    }
  });
  watchProperty(req, "route", (route) => {
    if (typeof route !== "object" || route === null || !("path" in route)) return;
    const mount = typeof req.baseUrl === "string" ? req.baseUrl : "";
    const pattern = mount.split("/").map((segment) => patternOf(segment, names));
    found(`${pattern.join("/")}${route.path === "/" && mount !== "" ? "" : String(route.path)}`);
  });
}

function patternOf(segment: string, names: ReadonlyMap<string, string>): string {
  const name = segment === "" ? undefined : names.get(decode(segment));
  // Express takes mounts in any case: how a caller writes them must not make series.
  return name === undefined ? segment.toLowerCase() : `:${name}`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function watchProperty<Key extends keyof ExpressRequest>(
  req: ExpressRequest,
  key: Key,
  changed: (value: unknown) => void,
): void {
  let value = req[key];
  Object.defineProperty(req, key, {
    configurable: true,
    enumerable: true,
    get: () => value,
    set(next: unknown) {
      value = next;
      changed(next);
    },
  });
}
