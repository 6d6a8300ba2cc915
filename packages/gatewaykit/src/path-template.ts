// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * One segment of a path template: a literal, `*` (one segment) or `**` (any number of segments,
 * also none).
 */
export type TemplateSegment = { literal: string } | "*" | "**";

/** A variable of a path template, such as `{book.id}` or `{name=shelves/*}`. */
export interface TemplateVariable {
  /** Path of the field that it fills, by the names in the proto file: `["book", "id"]`. */
  fieldPath: string[];
  /** Index of its first segment. */
  start: number;
  /** Index after its last segment. */
  end: number;
}

/** A parsed path template. */
export interface PathTemplate {
  segments: TemplateSegment[];
  variables: TemplateVariable[];
  /** What follows the last `:`, or empty. */
  verb: string;
}

/**
 * Parses a path template as google/api/http.proto defines it, and `**` before the last segment as
 * well, which grpc-gateway allows.
 *
 * @throws {SyntaxError} that says what is wrong and where.
 */
export function parsePathTemplate(template: string): PathTemplate {
  const parser = new Parser(template);
  return parser.template();
}

const literalPattern = /[^/{}*=:]+/y;
const identifierPattern = /[A-Za-z_][A-Za-z0-9_]*/y;
// A verb may hold what a literal may, and colons: grpc-gateway takes the whole rest.
const verbPattern = /[^/{}*=]+/y;

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #segments: TemplateSegment[] = [];
  readonly #variables: TemplateVariable[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  template(): PathTemplate {
    this.#expect("/");
    if (this.#at === this.#text.length) {
      // The root path has one segment, which is empty.
      return { segments: [{ literal: "" }], variables: [], verb: "" };
    }
    this.#segmentList(false);
    let verb = "";
    if (this.#accept(":")) verb = this.#match(verbPattern, "a verb");
    if (this.#at !== this.#text.length) this.#fail("the end or '/'");
    if (this.#segments.filter((segment) => segment === "**").length > 1) {
      throw new SyntaxError("'**' may be there only once");
    }
    return { segments: this.#segments, variables: this.#variables, verb };
  }

  #segmentList(inVariable: boolean): void {
    do this.#segment(inVariable);
    while (this.#accept("/"));
  }

  #segment(inVariable: boolean): void {
    if (this.#accept("**")) this.#segments.push("**");
    else if (this.#accept("*")) this.#segments.push("*");
    else if (!inVariable && this.#accept("{")) this.#variable();
    else this.#segments.push({ literal: decodeLiteral(this.#match(literalPattern, "a segment")) });
  }

  #variable(): void {
    const fieldPath: string[] = [];
    do fieldPath.push(this.#match(identifierPattern, "a field name"));
    while (this.#accept("."));
    const start = this.#segments.length;
    if (this.#accept("=")) this.#segmentList(true);
    else this.#segments.push("*");
    this.#expect("}");
    const name = fieldPath.join(".");
    if (this.#variables.some((variable) => variable.fieldPath.join(".") === name)) {
      throw new SyntaxError(`'${name}' may be there only once`);
    }
    this.#variables.push({ fieldPath, start, end: this.#segments.length });
  }

  #accept(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) this.#fail(`'${token}'`);
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return this.#fail(what);
    this.#at += found.length;
    return found;
  }

  #fail(expected: string): never {
    const rest = this.#text.slice(this.#at);
    const found = rest === "" ? "it ends" : `found '${rest}'`;
    throw new SyntaxError(`at character ${this.#at + 1} ${expected} is expected, but ${found}`);
  }
}

function decodeLiteral(literal: string): string {
  try {
    return decodeURIComponent(literal);
  } catch {
    throw new SyntaxError(`'${literal}' has a malformed escape`);
  }
}
