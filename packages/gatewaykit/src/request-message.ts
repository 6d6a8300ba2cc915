// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescField,
  type DescMessage,
  fromJsonString,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Code, ConnectError } from "@connectrpc/connect";
import { openFieldPath } from "./field-path.ts";
import { HttpError } from "./http-error.ts";
import type { ParseValue } from "./parse-value.ts";
import { readQuery } from "./query.ts";

/** How a request's parts make a message. */
export interface RequestBinding {
  input: DescMessage;
  /** What the body fills: the whole message, one field of it, or nothing. */
  body: "*" | DescField | undefined;
  /** Fields that the path's variables fill, in the template's order. */
  pathFields: PathField[];
}

/** A field that a variable of the path fills. */
export interface PathField {
  /** The fields on the way, and itself. */
  fields: DescField[];
  parse: ParseValue;
}

/** Parts of a request. */
export interface RequestParts {
  /** Undefined when the rule has no use for it. */
  body: Uint8Array | undefined;
  /** Its content type and encoding: not asked for, but told where the body cannot be read. */
  headers: Headers;
  pathValues: string[];
  /** Without the question mark. */
  query: string;
}

/**
 * Makes the message of a request, in grpc-gateway's order: the body, then the path over it, then
 * the query.
 *
 * @throws {ConnectError} with code InvalidArgument, or an {@link HttpError}.
 */
export function readRequestMessage(
  { input, body, pathFields }: RequestBinding,
  parts: RequestParts,
  registry: Registry,
): Message {
  const message = body === undefined ? create(input) : readBody(input, body, parts, registry);
  try {
    for (const [index, { fields, parse }] of pathFields.entries()) {
      setPathField(message, fields, parse, parts.pathValues[index] as string);
    }
    if (body !== "*" && parts.query !== "") {
      const bound = pathFields.map(({ fields }) => fields);
      readQuery(input, message, parts.query, body === undefined ? bound : [...bound, [body]]);
    }
  } catch (cause) {
    throw invalid(cause);
  }
  return message;
}

function readBody(
  input: DescMessage,
  body: "*" | DescField,
  parts: RequestParts,
  registry: Registry,
): Message {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(parts.body);
    // grpc-gateway takes an empty body for an empty message.
    if (text.trim() === "") return create(input);
    const options = { ignoreUnknownFields: true, registry };
    const json = quoteLargeIntegers(text);
    if (body === "*") return fromJsonString(input, json, options);
    // Make sure that it is one value before it is put between braces.
    JSON.parse(json);
    return fromJsonString(input, `{${JSON.stringify(body.jsonName)}:${json}}`, options);
  } catch (cause) {
    const reason = `Cannot read the request body: ${(cause as Error).message}`;
    throw unsupportedMedia(parts.headers) ?? invalid(new Error(reason));
  }
}

/**
 * Writes integers that JavaScript's numbers may not hold as strings, which proto3 JSON takes for
 * them as well: an id of 64 bits that another language sent as a number must not change.
 */
function quoteLargeIntegers(json: string): string {
  if (!/\d{16}/.test(json)) return json;
  // A string that does not end is one too: else each quote in it would start the search for its end
  // anew, which takes hours in a body of a few megabytes.
  const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?\d[\d.eE+-]*/g;
  return json.replace(stringOrNumber, (token) =>
    /^-?[1-9]\d{15,}$/.test(token) ? `"${token}"` : token,
  );
}

/**
 * Like grpc-gateway, the gateway reads JSON whatever the content type says: curl's `-d` calls it a
 * form. Only what cannot be read as JSON is refused, and then the content type tells why.
 */
function unsupportedMedia(headers: Headers): HttpError | undefined {
  const encoding = headers.get("content-encoding");
  const type = headers.get("content-type");
  const isEncoded = encoding !== null && encoding.toLowerCase() !== "identity";
  if (!isEncoded && (type === null || /json|x-www-form-urlencoded|^text\/plain/i.test(type))) {
    return undefined;
  }
  const found = isEncoded ? `encoding '${encoding}'` : `type '${type}'`;
  return new HttpError(
    415,
    Code.InvalidArgument,
    `Cannot read the request body as its content ${found} is not supported: send 'application/json'`,
  );
}

function setPathField(
  message: Message,
  fields: DescField[],
  parse: ParseValue,
  text: string,
): void {
  const field = fields[fields.length - 1] as DescField;
  try {
    const parent = openFieldPath(reflect(fields[0]?.parent as DescMessage, message), fields);
    if (field.fieldKind === "list") {
      // grpc-gateway's default for repeated fields in paths.
      for (const item of text.split(",")) parent.get(field).add(parse(item));
    } else parent.set(field, parse(text));
  } catch (cause) {
    throw new Error(`Cannot set '${fields.map(({ name }) => name).join(".")}' from the path`, {
      cause,
    });
  }
}

function invalid(reason: unknown): ConnectError {
  const causes: string[] = [];
  for (let cause = reason; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
  return new ConnectError(causes.join(": "), Code.InvalidArgument, undefined, undefined, reason);
}
