// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A kind of config values: which ones are valid, in the words in which Kafka refuses the others. */
export interface ConfigType {
  /** Its number in DescribeConfigs (KIP-569). */
  readonly code: number;
  /** Says what is wrong with a value; undefined when nothing is. */
  readonly check: (name: string, value: string) => string | undefined;
}

const codes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;
/** Code of the one type to whose values items can be added (KIP-339). */
export const listCode: number = codes.list;

const invalid = (name: string, value: unknown, reason: string) =>
  `Invalid value ${value} for configuration ${name}: ${reason}`;

/** "true" or "false". */
export const boolean: ConfigType = {
  code: codes.boolean,
  check: (name, value) =>
    /^\s*(true|false)\s*$/i.test(value)
      ? undefined
      : invalid(name, value, "Expected value to be either true or false"),
};

/** Any text. */
export const string: ConfigType = { code: codes.string, check: () => undefined };

/** One of some words. */
export function word(...words: string[]): ConfigType {
  const check = (name: string, value: string) =>
    words.includes(value.trim())
      ? undefined
      : invalid(name, value, `String must be one of: ${words.join(", ")}`);
  return { code: codes.string, check };
}

/** Says what is wrong with a number that could be read. */
export type NumberCheck = (value: number | bigint) => string | undefined;

export const atLeast =
  (least: number): NumberCheck =>
  (value) =>
    value < least ? `Value must be at least ${least}` : undefined;

export const between =
  (least: number, most: number): NumberCheck =>
  (value) =>
    atLeast(least)(value) ?? (value > most ? `Value must be no more than ${most}` : undefined);

/** An integer of 32 bits. */
export const int = (check?: NumberCheck) => integer("int", 32, check);

/** An integer of 64 bits. */
export const long = (check?: NumberCheck) => integer("long", 64, check);

function integer(type: "int" | "long", bits: number, checkNumber?: NumberCheck): ConfigType {
  const check = (name: string, value: string) => {
    const text = value.trim();
    const number = /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace("+", "")) : undefined;
    if (number === undefined || BigInt.asIntN(bits, number) !== number) {
      return invalid(name, value, `Not a number of type ${type.toUpperCase()}`);
    }
    const reason = checkNumber?.(number);
    return reason && invalid(name, number, reason);
  };
  return { code: codes[type], check };
}

/** A number that need not be whole. */
export function double(checkNumber: NumberCheck): ConfigType {
  const check = (name: string, value: string) => {
    const number = value.trim() === "" ? Number.NaN : Number(value);
    if (Number.isNaN(number)) return invalid(name, value, "Not a number of type DOUBLE");
    const reason = checkNumber(number);
    // Java writes 2 as 2.0.
    return reason && invalid(name, Number.isInteger(number) ? number.toFixed(1) : number, reason);
  };
  return { code: codes.double, check };
}

/** Words of a set, with commas between them; none at all too. */
export function listOf(...words: string[]): ConfigType {
  const check = (name: string, value: string) => {
    const items = splitList(value);
    if (items.includes("")) return `Configuration '${name}' values must not be empty.`;
    const other = items.find((item) => !words.includes(item));
    return other && invalid(name, other, `String must be one of: ${words.join(", ")}`);
  };
  return { code: codes.list, check };
}

/** Replicas as `partition:broker`, or `*` for all. */
export const replicas: ConfigType = {
  code: codes.list,
  check(name, value) {
    const items = splitList(value);
    const isAll = items.length === 1 && items[0] === "*";
    if (isAll || items.every((item) => /^\d+:\d+$/.test(item))) return undefined;
    const format = "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
    const wanted = `the literal '*' or a list of replicas in the following format: ${format}`;
    return invalid(name, `[${items.join(", ")}]`, `${name} must be ${wanted}`);
  },
};

/** The items of a list's value. */
function splitList(value: string): string[] {
  return value.trim() === "" ? [] : value.split(",").map((item) => item.trim());
}
