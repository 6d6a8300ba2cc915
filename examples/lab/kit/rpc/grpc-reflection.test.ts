// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { Comment } from "../../gen/comment/pb/rpc_pb.ts";
import type {
  ServerReflectionRequestSchema,
  ServerReflectionResponse,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { createRpcTransport } from "./rpc-client.ts";
import { startRpcServer } from "./rpc-server.ts";

type Question = NonNullable<
  MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]
>;

const generations = [ServerReflection, ServerReflectionAlpha];

test.each(generations)("$typeName lists what the server serves", async (generation) => {
  const ask = await serve(generation);

  expect(await ask({ case: "listServices", value: "" })).toEqual([
    [
      "comment.pb.Comment",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ],
  ]);
});

test.each(generations)(
  "$typeName answers a file whole, and each import once",
  async (generation) => {
    const ask = await serve(generation);

    const answers = await ask(
      { case: "fileContainingSymbol", value: "comment.pb.Comment" },
      { case: "fileContainingSymbol", value: "comment.pb.CommentInfo" },
      { case: "fileByFilename", value: "google/api/annotations.proto" },
    );

    expect(answers).toEqual([
      [
        "comment/pb/rpc.proto",
        "comment/pb/message.proto",
        "google/protobuf/timestamp.proto",
        "google/api/annotations.proto",
        "google/api/http.proto",
        "google/protobuf/descriptor.proto",
      ],
      ["comment/pb/message.proto"],
      ["google/api/annotations.proto"],
    ]);
  },
);

test.each([
  ["a message", "comment.pb.CommentInfo", "comment/pb/message.proto"],
  ["a field", "comment.pb.CommentInfo.video_id", "comment/pb/message.proto"],
  ["a method", "comment.pb.Comment.ListComment", "comment/pb/rpc.proto"],
  ["an extension", "google.api.http", "google/api/annotations.proto"],
  ["a oneof", "google.api.HttpRule.pattern", "google/api/http.proto"],
  [
    "a nested enum",
    "grpc.health.v1.HealthCheckResponse.ServingStatus",
    "grpc/health/v1/health.proto",
  ],
  [
    "a value of a nested enum",
    "grpc.health.v1.HealthCheckResponse.SERVING",
    "grpc/health/v1/health.proto",
  ],
])("reflection finds the file of %s, %s", async (_, symbol, file) => {
  const ask = await serve();

  const [[first]] = (await ask({ case: "fileContainingSymbol", value: symbol })) as [[string]];

  expect(first).toBe(file);
});

test("reflection finds extensions by message and number", async () => {
  const ask = await serve();
  const containingType = "google.protobuf.MethodOptions";

  expect(
    await ask(
      { case: "allExtensionNumbersOfType", value: containingType },
      { case: "fileContainingExtension", value: { containingType, extensionNumber: 72295728 } },
    ),
  ).toEqual([
    [72295728],
    ["google/api/annotations.proto", "google/api/http.proto", "google/protobuf/descriptor.proto"],
  ]);
});

test("reflection says what it does not find, and goes on", async () => {
  const ask = await serve();

  expect(
    await ask(
      { case: "fileContainingSymbol", value: "video.pb.Video" },
      { case: "fileByFilename", value: "video/pb/rpc.proto" },
      { case: "fileContainingExtension", value: { containingType: "a.B", extensionNumber: 7 } },
      { case: "allExtensionNumbersOfType", value: "a.B" },
      { case: undefined },
    ),
  ).toEqual([
    { code: Code.NotFound, message: "unknown symbol 'video.pb.Video'" },
    { code: Code.NotFound, message: "unknown file 'video/pb/rpc.proto'" },
    { code: Code.NotFound, message: "unknown extension 7 of 'a.B'" },
    { code: Code.NotFound, message: "unknown type 'a.B'" },
    { code: Code.InvalidArgument, message: "the request asks nothing that is known here" },
  ]);
});

/** The server's answers over its socket: names of services or files, numbers, or an error. */
async function serve(
  generation: typeof ServerReflection | typeof ServerReflectionAlpha = ServerReflection,
) {
  const server = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: (router) => router.service(Comment, {}),
  });
  onTestFinished(() => server.close(0));
  const client = createClient(
    generation as typeof ServerReflection,
    createRpcTransport({ address: server.address, timeoutMs: 5000 }),
  );

  return async (...questions: Question[]) => {
    async function* requests() {
      for (const messageRequest of questions) yield { host: "h", messageRequest };
    }
    const answers: unknown[] = [];
    for await (const response of client.serverReflectionInfo(requests())) {
      const { validHost, originalRequest, messageResponse } = response;
      expect({ validHost, host: originalRequest?.host }).toEqual({ validHost: "h", host: "h" });
      expect(originalRequest?.messageRequest.case).toBe(questions[answers.length]?.case);
      answers.push(readable(messageResponse));
    }
    return answers;
  };
}

function readable(answer: ServerReflectionResponse["messageResponse"]): unknown {
  switch (answer.case) {
    case "listServicesResponse":
      return answer.value.service.map(({ name }) => name);
    case "fileDescriptorResponse":
      return answer.value.fileDescriptorProto.map(
        (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
      );
    case "allExtensionNumbersResponse":
      return answer.value.extensionNumber;
    case "errorResponse":
      return { code: answer.value.errorCode, message: answer.value.errorMessage };
    default:
      return answer;
  }
}
