// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescFile, DescService, MessageInitShape } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import type {
  ServerReflection,
  ServerReflectionRequest,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import {
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import type { ServerReflection as ServerReflectionAlpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import * as alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { indexDescriptors } from "./descriptor-index.ts";

type Answer = NonNullable<
  MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]
>;

/**
 * The RPC of `grpc.reflection.v1.ServerReflection`: tells tools like grpcurl what the services
 * take and answer, from the descriptors that the generated code carries.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function createGrpcReflection(
  services: readonly DescService[],
): ServiceImpl<typeof ServerReflection> {
  const index = indexDescriptors(services);

  function answer({ messageRequest }: ServerReflectionRequest, sent: Set<DescFile>): Answer {
    const { case: kind, value } = messageRequest;
    switch (kind) {
      case "listServices":
        return {
          case: "listServicesResponse",
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        };
      case "fileByFilename":
        return filesOr(index.file(value), `file '${value}'`, sent);
      case "fileContainingSymbol":
        return filesOr(index.fileOfSymbol(value), `symbol '${value}'`, sent);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = value;
        const file = index.extensions(containingType)?.get(extensionNumber);
        return filesOr(file, `extension ${extensionNumber} of '${containingType}'`, sent);
      }
      case "allExtensionNumbersOfType": {
        const extensions = index.extensions(value);
        if (extensions === undefined) return failure(Code.NotFound, `unknown type '${value}'`);
        return {
          case: "allExtensionNumbersResponse",
          value: { baseTypeName: value, extensionNumber: [...extensions.keys()] },
        };
      }
      case undefined:
        return failure(Code.InvalidArgument, "the request asks nothing that is known here");
    }
  }

  return {
    async *serverReflectionInfo(requests) {
      const sent = new Set<DescFile>();
      for await (const request of requests) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request, sent),
        };
      }
    },
  };
}

/** The same under the name that older tools ask for; the messages are the same bytes. */
export function createGrpcReflectionAlpha(
  reflection: ServiceImpl<typeof ServerReflection>,
): ServiceImpl<typeof ServerReflectionAlpha> {
  async function* toV1(requests: AsyncIterable<alpha.ServerReflectionRequest>) {
    for await (const request of requests) {
      const bytes = toBinary(alpha.ServerReflectionRequestSchema, request);
      yield fromBinary(ServerReflectionRequestSchema, bytes);
    }
  }
  return {
    async *serverReflectionInfo(requests, context) {
      for await (const response of reflection.serverReflectionInfo(toV1(requests), context)) {
        const bytes = toBinary(
          ServerReflectionResponseSchema,
          create(ServerReflectionResponseSchema, response),
        );
        yield fromBinary(alpha.ServerReflectionResponseSchema, bytes);
      }
    },
  };
}

/** The file, and those that it imports and that this stream has not had yet. */
function filesOr(file: DescFile | undefined, what: string, sent: Set<DescFile>): Answer {
  if (file === undefined) return failure(Code.NotFound, `unknown ${what}`);
  sent.delete(file);
  return {
    case: "fileDescriptorResponse",
    value: {
      fileDescriptorProto: unsent(file, sent).map(({ proto }) =>
        toBinary(FileDescriptorProtoSchema, proto),
      ),
    },
  };
}

function unsent(file: DescFile, sent: Set<DescFile>): DescFile[] {
  if (sent.has(file)) return [];
  sent.add(file);
  return [file, ...file.dependencies.flatMap((dependency) => unsent(dependency, sent))];
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
