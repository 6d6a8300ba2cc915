// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * How OpenTelemetry's names become Prometheus's; the four names are OpenTelemetry's:
 * - `UnderscoreEscapingWithSuffixes`: other characters become `_`, and the unit and `_total` are
 *   added, so that `rpc.server.call.duration` is `rpc_server_call_duration_seconds`;
 * - `UnderscoreEscapingWithoutSuffixes`: `rpc_server_call_duration`;
 * - `NoUTF8EscapingWithSuffixes`: `rpc.server.call.duration_seconds`;
 * - `NoTranslation`: `rpc.server.call.duration`.
 *
 * The last two need a Prometheus 3, and quotes in queries.
 */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/** What a name is made of. */
export interface NamedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: "counter" | "gauge" | "histogram" | "exponential histogram";
}

export function escapesNames(strategy: TranslationStrategy): boolean {
  return strategy.startsWith("Underscore");
}

// Source: OpenTelemetry's "Prometheus and OpenMetrics Compatibility", and the table of
// prometheus/otlptranslator, which is what Prometheus does with metrics that come by OTLP.
const units = new Map(
  Object.entries({
    ...{ d: "days", h: "hours", min: "minutes", s: "seconds" },
    ...{ ms: "milliseconds", us: "microseconds", ns: "nanoseconds" },
    ...{ By: "bytes", KiBy: "kibibytes", MiBy: "mebibytes", GiBy: "gibibytes", TiBy: "tibibytes" },
    ...{ KBy: "kilobytes", MBy: "megabytes", GBy: "gigabytes", TBy: "terabytes" },
    ...{ m: "meters", V: "volts", A: "amperes", J: "joules", W: "watts", g: "grams" },
    ...{ Cel: "celsius", Hz: "hertz", "1": "", "%": "percent" },
  }),
);
const perUnits = new Map(
  Object.entries({
    ...{ s: "second", m: "minute", h: "hour", d: "day", w: "week", mo: "month", y: "year" },
  }),
);

/** Words of a unit that a name ends with: `["bytes", "per_second"]` of `By/s`, none of `{call}`. */
function unitWords(unit: string): string[] {
  const [main = "", ...rest] = unit.split("/");
  const word = plainUnit(main, units);
  const per = plainUnit(rest.join("/"), perUnits);
  return [word, per && `per_${per}`].filter((words) => words !== "");
}

function plainUnit(unit: string, names: ReadonlyMap<string, string>): string {
  const name = unit.trim();
  // Braces hold a remark for people.
  if (/[{}]/.test(name)) return "";
  return (names.get(name) ?? name).replace(/[^a-zA-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
}

/** The unit as `# UNIT` names it, such as `bytes_per_second`. Empty for none. */
export function unitName(unit: string): string {
  return unitWords(unit).join("_");
}

/** The metric's name by the strategy; empty when nothing but `_` would be left of it. */
export function metricName(
  metric: NamedMetric,
  strategy: TranslationStrategy,
  prefix = "",
): string {
  const start = prefix === "" ? [] : [prefix];
  const name = [...start, ...nameWords(metric, strategy)].join("_");
  if (/^_*$/.test(name)) return "";
  return escapesNames(strategy) && /^[0-9]/.test(name) ? `_${name}` : name;
}

function nameWords(metric: NamedMetric, strategy: TranslationStrategy): string[] {
  switch (strategy) {
    case "NoTranslation":
      return [metric.name];
    case "NoUTF8EscapingWithSuffixes":
      return [suffixedName(metric)];
    case "UnderscoreEscapingWithoutSuffixes":
      return metric.name.split(/[^a-zA-Z0-9:_]+/).filter((word) => word !== "");
    default:
      return suffixedWords(metric);
  }
}

/** The word that says what a metric is, if one does. */
function lastWord({ kind, unit }: NamedMetric): string | undefined {
  if (kind === "counter") return "total";
  // Counters of things often have the unit 1 as well, and are no ratios.
  return kind === "gauge" && unit === "1" ? "ratio" : undefined;
}

function suffixedWords(metric: NamedMetric): string[] {
  const words = metric.name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "");
  for (const unit of unitWords(metric.unit)) {
    const isThere = words.includes(unit) || words.join("_").endsWith(`_${unit}`);
    if (!isThere) words.push(unit);
  }
  const last = lastWord(metric);
  return last === undefined ? words : [...words.filter((word) => word !== last), last];
}

function suffixedName(metric: NamedMetric): string {
  const last = lastWord(metric);
  let name = metric.name;
  if (last !== undefined) name = name.replace(new RegExp(`(?<=.)[._]${last}$`), "");
  const unit = unitName(metric.unit);
  const ending = new RegExp(`[._]${unit.replaceAll("_", "[._]")}$`);
  if (unit !== "" && !ending.test(name)) name = `${name}_${unit}`;
  return last === undefined ? name : `${name}_${last}`;
}
