// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import type { Readable } from "node:stream";
import { Code } from "@connectrpc/connect";
import busboy from "busboy";
import { HttpError } from "./http-error.ts";

/** A file of a form, while it comes in. */
export interface FormFile {
  /** As the client sent it, decoded as UTF-8, without folders. */
  filename: string;
  /** Media type that the client claims, such as `video/mp4`. Nobody checked it. */
  contentType: string;
  /** Its bytes. Reading fails with an {@link HttpError} when the form is malformed. */
  content: AsyncIterable<Uint8Array>;
}

/** Reads a `multipart/form-data` body that is written to it. */
export interface FormParser {
  /** Resolves when the wanted file begins, or with undefined when the form ends without it. */
  readonly file: Promise<FormFile | undefined>;
  /**
   * Parses the whole body, at the speed at which the file's content is read.
   *
   * @returns when the form ended properly.
   * @throws {HttpError} with status 400 when it is malformed, or ends before its end, or holds a
   * second file in the wanted field; and what `body` throws.
   */
  parse(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}

/**
 * Makes a parser that looks for the file in one field of a form; other parts are dropped.
 *
 * @throws {HttpError} with status 400 when the headers announce no form.
 */
export function createFormParser(headers: Headers, field: string): FormParser {
  const parser = openParser(headers, field);
  const { promise: file, resolve: resolveFile } = Promise.withResolvers<FormFile | undefined>();
  const failed = Promise.withResolvers<never>();
  // Whoever parses learns of it; without that, it is not to be reported as unhandled.
  failed.promise.catch(() => {});
  let found = false;

  parser.on("error", (cause) => failed.reject(malformed(cause)));
  parser.on("file", (name, content, { filename, mimeType }) => {
    // What breaks the form breaks its files too, also those that nobody reads.
    content.on("error", () => {});
    // A file input that was left empty is sent as a file without a name.
    if (name !== field || filename === undefined) {
      content.resume();
    } else if (found) {
      content.resume();
      parser.destroy(new Error(`there are two files in the field '${field}'`));
    } else {
      found = true;
      resolveFile({ filename, contentType: mimeType, content: contentOf(content) });
    }
  });

  async function feed(body: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      if (parser.destroyed) return;
      if (!parser.write(chunk)) await once(parser, "drain");
    }
    parser.end();
    await once(parser, "close");
  }

  return {
    file,
    async parse(body, signal) {
      const onAbort = () => failed.reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
      try {
        await Promise.race([feed(body), failed.promise]);
      } finally {
        signal.removeEventListener("abort", onAbort);
        parser.destroy();
        resolveFile(undefined);
      }
    },
  };
}

function openParser(headers: Headers, field: string): busboy.Busboy {
  const contentType = headers.get("content-type");
  try {
    // busboy also reads application/x-www-form-urlencoded, which holds no files.
    if (!contentType?.toLowerCase().startsWith("multipart/")) throw new Error("No form");
    return busboy({
      headers: { "content-type": contentType },
      // What browsers and curl send: WHATWG's multipart/form-data encoding algorithm.
      defParamCharset: "utf8",
    });
  } catch (cause) {
    const found = contentType === null ? "none" : `'${contentType}'`;
    const reason = `Cannot upload as there is no form: send 'multipart/form-data' with a file in the field '${field}', current content type is ${found}`;
    throw new HttpError(400, Code.InvalidArgument, reason, { cause });
  }
}

async function* contentOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause: unknown): HttpError {
  const { message } = cause as Error;
  return new HttpError(400, Code.InvalidArgument, `Cannot read the form: ${message}`, {
    cause,
  });
}
