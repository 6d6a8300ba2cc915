// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { PathTemplate, TemplateVariable } from "./path-template.ts";

/** A route found for a request. */
export interface RouteMatch<T> {
  target: T;
  /** Values of the template's variables, in its order, decoded. */
  values: string[];
}

/** Finds routes by method and path. */
export interface Router<T> {
  /**
   * Adds a route. `method` is an HTTP method, or `*` for every one that has no route of its own.
   *
   * @returns the target of the route that takes the same requests already. Nothing is added then.
   */
  add(method: string, template: PathTemplate, target: T): T | undefined;
  /**
   * Finds the route of a request. Of several that fit, the one whose first differing segment is the
   * most specific wins: a literal before `*`, `*` before `**`; and one with the verb before one
   * without.
   *
   * @param path - as it was sent: percent-encoded, without the query.
   * @throws {URIError} when the path has a malformed escape.
   */
  match(method: string, path: string): RouteMatch<T> | undefined;
  /** HTTP methods that have a route for a path, sorted; `*` when every method has. */
  methods(path: string): string[];
}

interface Route<T> {
  target: T;
  variables: TemplateVariable[];
  /** How many segments the template has, and which of them is `**`, or -1. */
  length: number;
  deepIndex: number;
}

interface Node<T> {
  literals: Map<string, Node<T>>;
  one: Node<T> | undefined;
  deep: Node<T> | undefined;
  /** Routes that end here: by verb, then by method. */
  ends: Map<string, Map<string, Route<T>>> | undefined;
}

/** Makes an empty {@link Router}: a tree of segments, so that time does not grow with routes. */
export function createRouter<T>(): Router<T> {
  const root = createNode<T>();
  const verbs: string[] = [];

  /** Calls `visit` with the methods at each end that fits, until it gives back true. */
  function walk(
    node: Node<T>,
    segments: string[],
    at: number,
    verb: string,
    visit: (methods: Map<string, Route<T>>) => boolean,
  ): boolean {
    if (at === segments.length) {
      const methods = node.ends?.get(verb);
      if (methods !== undefined && visit(methods)) return true;
    } else {
      const next = node.literals.get(segments[at] as string);
      if (next !== undefined && walk(next, segments, at + 1, verb, visit)) return true;
      if (node.one !== undefined && walk(node.one, segments, at + 1, verb, visit)) return true;
    }
    if (node.deep !== undefined) {
      for (let end = segments.length; end >= at; end--) {
        if (walk(node.deep, segments, end, verb, visit)) return true;
      }
    }
    return false;
  }

  /** As {@link walk}, for each way in which the path may be read: with a verb and without. */
  function walkVerbs(
    raw: string[],
    visit: (methods: Map<string, Route<T>>, raw: string[]) => boolean,
  ): boolean {
    const last = raw[raw.length - 1] as string;
    if (verbs.length > 0 && last.includes(":")) {
      for (const verb of verbs) {
        // An empty segment before the verb is no match, as in grpc-gateway.
        if (last.length <= verb.length + 1 || !last.endsWith(`:${verb}`)) continue;
        const rest = [...raw.slice(0, -1), last.slice(0, -verb.length - 1)];
        if (walk(root, decodeAll(rest), 0, verb, (methods) => visit(methods, rest))) return true;
      }
    }
    return walk(root, decodeAll(raw), 0, "", (methods) => visit(methods, raw));
  }

  return {
    add(method, { segments, variables, verb }, target) {
      let node = root;
      for (const segment of segments) {
        if (segment === "*") node = node.one ??= createNode();
        else if (segment === "**") node = node.deep ??= createNode();
        else {
          node = getOrInsert(node.literals, segment.literal, createNode<T>);
        }
      }
      node.ends ??= new Map();
      const methods = getOrInsert(node.ends, verb, () => new Map<string, Route<T>>());
      const known = methods.get(method);
      if (known !== undefined) return known.target;
      const deepIndex = segments.indexOf("**");
      methods.set(method, { target, variables, length: segments.length, deepIndex });
      if (verb !== "" && !verbs.includes(verb)) {
        verbs.push(verb);
        verbs.sort((a, b) => b.length - a.length);
      }
      return undefined;
    },
    match(method, path) {
      let found: RouteMatch<T> | undefined;
      walkVerbs(split(path), (methods, raw) => {
        const route = methods.get(method) ?? methods.get("*");
        if (route === undefined) return false;
        found = { target: route.target, values: capture(route, raw) };
        return true;
      });
      return found;
    },
    methods(path) {
      const found = new Set<string>();
      walkVerbs(split(path), (methods) => {
        for (const method of methods.keys()) found.add(method);
        return false;
      });
      return [...found].sort();
    },
  };
}

function createNode<T>(): Node<T> {
  return { literals: new Map(), one: undefined, deep: undefined, ends: undefined };
}

function getOrInsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function split(path: string): string[] {
  return path.slice(1).split("/");
}

function decodeAll(raw: string[]): string[] {
  // Most paths have no escape: leave their array as it is.
  return raw.some((segment) => segment.includes("%")) ? raw.map(decodeURIComponent) : raw;
}

function capture<T>(route: Route<T>, raw: string[]): string[] {
  // What `**` took, more than the one segment that it is in the template.
  const extra = raw.length - route.length;
  return route.variables.map(({ start, end }) => {
    const from = route.deepIndex !== -1 && start > route.deepIndex ? start + extra : start;
    if (end - start === 1 && start !== route.deepIndex) {
      const value = raw[from] as string;
      return value.includes("%") ? decodeURIComponent(value) : value;
    }
    const to = route.deepIndex !== -1 && end > route.deepIndex ? end + extra : end;
    const value = raw.slice(from, to).join("/");
    // google/api/http.proto: in a variable of several segments, reserved characters stay encoded,
    // so that a slash in a segment is not taken for one between segments.
    return value.includes("%") ? decodeUnreserved(value) : value;
  });
}

// RFC 6570 section 1.5, reserved.
const reserved = new Set(":/?#[]@!$&'()*+,;=");

function decodeUnreserved(value: string): string {
  return value.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    // Runs are decoded as one, as a character may be several bytes.
    const kept = escapes.replace(/%([0-7][0-9A-Fa-f])/g, (encoded, hex: string) =>
      reserved.has(String.fromCharCode(Number.parseInt(hex, 16)))
        ? `%25${encoded.slice(1)}`
        : encoded,
    );
    return decodeURIComponent(kept);
  });
}
