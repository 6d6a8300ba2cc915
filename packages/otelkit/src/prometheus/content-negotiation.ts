// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** How names that are not `[a-zA-Z_:][a-zA-Z0-9_:]*` are written. Prometheus's own names. */
export type NameEscaping = "allow-utf-8" | "underscores" | "dots" | "values";

/** A format that a page can have. */
export interface PageFormat {
  readonly syntax: "text" | "openmetrics" | "protobuf";
  readonly escaping: NameEscaping;
  readonly contentType: string;
}

interface AcceptRange {
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * Chooses the format that the scraper likes best. It never refuses: who accepts none of them gets
 * text 0.0.4, as from Prometheus's own libraries.
 */
export function negotiateFormat(accept = "*/*"): PageFormat {
  const ranges = parseAccept(accept).toSorted((a, b) => b.quality - a.quality);
  const refused = ranges.filter(({ quality }) => quality === 0).map(({ type }) => type);
  for (const range of ranges) {
    if (range.quality === 0) break;
    const format = formatOf(range, refused);
    if (format !== undefined) return format;
  }
  return plainText;
}

/** Whether an answer may be compressed by gzip, and the scraper would rather have it so. */
export function acceptsGzip(acceptEncoding = ""): boolean {
  const ranges = parseAccept(acceptEncoding);
  const qualityOf = (name: string) => ranges.find(({ type }) => type === name)?.quality;
  const gzip = qualityOf("gzip") ?? qualityOf("x-gzip") ?? qualityOf("*") ?? 0;
  return gzip > 0 && gzip >= (qualityOf("identity") ?? 0);
}

const plainText: PageFormat = {
  syntax: "text",
  escaping: "underscores",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
};

function formatOf({ type, params }: AcceptRange, refused: string[]): PageFormat | undefined {
  const version = params.get("version");
  switch (type) {
    case "*/*":
    case "text/*":
      return refused.includes("text/plain") ? undefined : plainText;
    case "text/plain":
      if (version === "1.0.0") return textOf(params);
      return version === undefined || version === "0.0.4" ? plainText : undefined;
    case "application/openmetrics-text":
      return openMetricsOf(params);
    case "application/vnd.google.protobuf":
      return protobufOf(params);
    default:
      return undefined;
  }
}

function textOf(params: AcceptRange["params"]): PageFormat {
  const escaping = escapingOf(params);
  const contentType = `text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`;
  return { syntax: "text", escaping, contentType };
}

function openMetricsOf(params: AcceptRange["params"]): PageFormat | undefined {
  const version = params.get("version") ?? "1.0.0";
  if (version !== "1.0.0" && version !== "0.0.1") return undefined;
  const contentType = `application/openmetrics-text; version=${version}; charset=utf-8`;
  // Escaping came with version 1.0.0.
  if (version === "0.0.1") return { syntax: "openmetrics", escaping: "underscores", contentType };
  const escaping = escapingOf(params);
  return { syntax: "openmetrics", escaping, contentType: `${contentType}; escaping=${escaping}` };
}

function protobufOf(params: AcceptRange["params"]): PageFormat | undefined {
  const proto = "io.prometheus.client.MetricFamily";
  if (params.get("proto") !== proto || params.get("encoding") !== "delimited") return undefined;
  const escaping = escapingOf(params);
  const contentType = `application/vnd.google.protobuf; proto=${proto}; encoding=delimited; escaping=${escaping}`;
  return { syntax: "protobuf", escaping, contentType };
}

function escapingOf(params: AcceptRange["params"]): NameEscaping {
  const name = params.get("escaping");
  return name === "allow-utf-8" || name === "dots" || name === "values" ? name : "underscores";
}

function parseAccept(header: string): AcceptRange[] {
  return header
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))
    .filter(([type]) => type !== "")
    .map(([type = "", ...parts]) => {
      const params = new Map(parts.map(parseParam));
      const quality = Number(params.get("q") ?? 1);
      // A quality that is no number is a fault of the scraper, and no reason to refuse it.
      return { type: type.toLowerCase(), params, quality: Number.isNaN(quality) ? 1 : quality };
    });
}

function parseParam(param: string): [string, string] {
  const [name = "", value = ""] = param.split("=", 2);
  return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
}
