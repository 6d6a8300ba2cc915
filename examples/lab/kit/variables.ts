// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Address } from "./address.ts";
import { parseAddress } from "./address.ts";
import type { Variable } from "./config.ts";

interface About {
  readonly doc: string;
  readonly default?: string;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export function text(about: About): Variable<string> {
  return { ...about, parse: (value) => value };
}

export function oneOf<const T extends string>(choices: readonly T[], about: About): Variable<T> {
  return {
    ...about,
    parse: (value) => {
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw new Error(`one of ${choices.join(", ")}`);
      return choice;
    },
  };
}

/** A whole number, within bounds. */
export function integer(about: About & { min?: number; max?: number }): Variable<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, ...rest } = about;
  return {
    ...rest,
    parse: (value) => {
      const number = Number(value);
      if (!/^-?\d+$/.test(value) || number < min || number > max) {
        throw new Error(`a whole number from ${min} to ${max}`);
      }
      return number;
    },
  };
}

/** Ascending numbers, separated by commas. */
export function numbers(about: About): Variable<number[]> {
  return {
    ...about,
    parse: (value) => {
      const list = value.split(",").map(Number);
      const ascending = list.every((item, i) => i === 0 || item > (list[i - 1] ?? item));
      if (!list.every(Number.isFinite) || !ascending) {
        throw new Error("ascending numbers separated by commas");
      }
      return list;
    },
  };
}

export function boolean(about: About): Variable<boolean> {
  const { parse } = oneOf(["true", "false"], about);
  return { ...about, parse: (value) => parse(value) === "true" };
}

/** A length of time like `500ms`, `30s`, `3m` or `1h`; the value is in milliseconds. */
export function duration(about: About): Variable<number> {
  return {
    ...about,
    parse: (value) => {
      const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value) ?? [];
      if (amount === undefined) throw new Error("a duration like 500ms, 30s or 3m");
      return Number(amount) * (units[unit] ?? 1);
    },
  };
}

/** Where to listen or whom to call: `host:port`, or `:port` for every interface. */
export function address(about: About): Variable<Address> {
  return { ...about, parse: parseAddress };
}

/** Addresses separated by commas. */
export function addresses(about: About): Variable<Address[]> {
  return { ...about, parse: (value) => value.split(",").map(parseAddress) };
}

/** A URL whose scheme chooses the adapter. */
export function adapterUrl(schemes: readonly string[], about: About): Variable<string> {
  return {
    ...about,
    parse: (value) => {
      if (!schemes.some((scheme) => value.startsWith(`${scheme}:`))) {
        throw new Error(`a URL that starts with ${schemes.map((s) => `'${s}:'`).join(" or ")}`);
      }
      return value;
    },
  };
}
