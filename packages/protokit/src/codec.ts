// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { ProtokitError } from "./protokit-error.ts";

/** Turns messages of one schema into bytes and back. Stateless: share it freely. */
export interface Codec<T> {
  /** The schema of its messages. */
  readonly schema: DescMessage;
  /** Media type of its bytes. */
  readonly contentType: string;
  /**
   * @throws {ProtokitError} with code `encode` when the message cannot be written, such as an
   * `int32` field that holds 2 ** 40.
   */
  encode(message: T): Uint8Array<ArrayBuffer>;
  /**
   * In the binary format, `bytes` fields of the message share memory with `bytes`; they are plain
   * Uint8Arrays even when that is a Node Buffer.
   *
   * @throws {ProtokitError} with code `decode` when the bytes are not a message of the schema.
   */
  decode(bytes: Uint8Array): T;
}

/** Options of {@link createCodec}. */
export interface CodecOptions {
  /**
   * How a message looks as bytes:
   * - `binary`: the Protobuf wire format; fields that the schema does not know are kept.
   * - `json`: proto3 JSON in UTF-8; fields that the schema does not know are ignored, so that a
   *   message of a newer schema can be read.
   *
   * Default `binary`: it is smaller, and loses nothing.
   */
  format?: "binary" | "json";
}

/** Makes the codec of a schema that protoc-gen-es generated. */
export function createCodec<Desc extends DescMessage>(
  schema: Desc,
  { format = "binary" }: CodecOptions = {},
): Codec<MessageShape<Desc>> {
  switch (format) {
    case "binary":
      return codecOf(schema, "application/protobuf", {
        write: (message) => toBinary(schema, message) as Uint8Array<ArrayBuffer>,
        read: (bytes) => fromBinary(schema, toPlain(bytes)),
      });
    case "json": {
      const encoder = new TextEncoder();
      const decoder = new TextDecoder("utf-8", { fatal: true });
      return codecOf(schema, "application/json", {
        write: (message) => {
          // toJson checks no ranges: without this, bytes that nobody can decode would be written.
          toBinary(schema, message);
          return encoder.encode(toJsonString(schema, message));
        },
        read: (bytes) =>
          fromJsonString(schema, decoder.decode(bytes), { ignoreUnknownFields: true }),
      });
    }
    default:
      throw new ProtokitError(
        `Cannot create a codec of '${schema.typeName}' as 'format' must be 'binary' or 'json': current value is '${format}'`,
        { code: "unknown" },
      );
  }
}

/** Of a Node Buffer, `bytes` fields would be Buffers too, which are not equal to a Uint8Array, and whose slice() shares memory. */
function toPlain(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Format<T> {
  write(message: T): Uint8Array<ArrayBuffer>;
  read(bytes: Uint8Array): T;
}

function codecOf<T>(schema: DescMessage, contentType: string, format: Format<T>): Codec<T> {
  return {
    schema,
    contentType,
    encode(message) {
      try {
        return format.write(message);
      } catch (cause) {
        const { message: reason } = ProtokitError.from(cause);
        throw new ProtokitError(`Cannot encode '${schema.typeName}': ${reason}`, {
          code: "encode",
          cause,
        });
      }
    },
    decode(bytes) {
      try {
        return format.read(bytes);
      } catch (cause) {
        const { message: reason } = ProtokitError.from(cause);
        throw new ProtokitError(
          `Cannot decode ${bytes?.byteLength} bytes as '${schema.typeName}' (${contentType}): ${reason}`,
          { code: "decode", cause },
        );
      }
    },
  };
}
