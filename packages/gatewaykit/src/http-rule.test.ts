// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  create,
  createFileRegistry,
  type DescService,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  MethodOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { LibraryService } from "@labwire/testdata/library";
import { expect, test } from "vitest";
import { http } from "./gen/google/api/annotations_pb.ts";
import { HttpRuleSchema } from "./gen/google/api/http_pb.ts";
import { createGateway, formUpload, GatewaykitError } from "./index.ts";

type Rule = MessageInitShape<typeof HttpRuleSchema>;

/** A service `t.S` with methods `M0`, `M1`, … that have the given rules. */
function serviceOf(rules: Rule[], streaming = {}): DescService {
  const field = (name: string, number: number, rest = {}) => ({
    name,
    number,
    jsonName: name,
    label: Label.OPTIONAL,
    type: Type.STRING,
    ...rest,
  });
  const message = { type: Type.MESSAGE, typeName: ".t.Message" };
  const file = create(FileDescriptorProtoSchema, {
    name: "t.proto",
    package: "t",
    syntax: "proto3",
    messageType: [
      {
        name: "Message",
        field: [
          field("id", 1),
          field("child", 2, message),
          field("children", 3, { ...message, label: Label.REPEATED }),
          field("ids", 4, { label: Label.REPEATED }),
        ],
      },
    ],
    service: [
      {
        name: "S",
        method: rules.map((rule, index) => {
          const options = create(MethodOptionsSchema);
          setExtension(options, http, create(HttpRuleSchema, rule));
          const types = { inputType: ".t.Message", outputType: ".t.Message" };
          return { name: `M${index}`, ...types, options, ...streaming };
        }),
      },
    ],
  });
  const service = createFileRegistry(file, () => undefined).getService("t.S");
  if (service === undefined) throw new Error("no service");
  return service;
}

const transport = createRouterTransport(() => {});

function failureOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof GatewaykitError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

const get = (value: string): Rule["pattern"] => ({ case: "get", value });

test.each<[string, Rule[], string]>([
  [
    "a path names an absent field",
    [{ pattern: get("/v1/{nme}") }],
    "rule: Cannot route 'GET /v1/{nme}' of 't.S.M0' as 't.Message' has no field 'nme', which its path names",
  ],
  [
    "a path goes through a repeated field",
    [{ pattern: get("/v1/{children.id}") }],
    "rule: Cannot route 'GET /v1/{children.id}' of 't.S.M0' as 't.Message' has no field 'children.id', which its path names",
  ],
  [
    "a path names a message",
    [{ pattern: get("/v1/{child}") }],
    "rule: Cannot route 'GET /v1/{child}' of 't.S.M0' as the field 'child' is of a type that a path cannot hold",
  ],
  [
    "a path is malformed",
    [{ pattern: get("/v1/{id") }],
    "rule: Cannot route 'GET /v1/{id' of 't.S.M0' as its path is malformed: at character 8 '}' is expected, but it ends",
  ],
  [
    "the body names an absent field",
    [{ pattern: { case: "post", value: "/v1" }, body: "nothing" }],
    "rule: Cannot route 'POST /v1' of 't.S.M0' as 't.Message' has no field 'nothing', which its 'body' names",
  ],
  [
    "the body names a nested field",
    [{ pattern: { case: "post", value: "/v1" }, body: "child.id" }],
    "rule: Cannot route 'POST /v1' of 't.S.M0' as 't.Message' has no field 'child.id', which its 'body' names",
  ],
  [
    "the response body names an absent field",
    [{ pattern: get("/v1"), responseBody: "nothing" }],
    "rule: Cannot route 'GET /v1' of 't.S.M0' as 't.Message' has no field 'nothing', which its 'response_body' names",
  ],
  [
    "GET has a body",
    [{ pattern: get("/v1"), body: "*" }],
    "rule: Cannot route 'GET /v1' of 't.S.M0' as GET has no body: current value is '*'",
  ],
  ["there is no path", [{}], "rule: Cannot route a rule of 't.S.M0' as it has no path"],
  [
    "an additional binding has one itself",
    [
      {
        pattern: get("/v1"),
        additionalBindings: [
          { pattern: get("/v2"), additionalBindings: [{ pattern: get("/v3") }] },
        ],
      },
    ],
    "rule: Cannot route 'GET /v2' of 't.S.M0' as an additional binding cannot have additional bindings",
  ],
  [
    "two rules take the same requests",
    [{ pattern: get("/v1/{id}/x") }, { pattern: get("/v1/{child.id=*}/x") }],
    "conflict: Cannot route 'GET /v1/{child.id=*}/x' of 't.S.M1' as it takes the same requests as 'GET /v1/{id}/x' of 't.S.M0'",
  ],
])("createGateway() throws when %s", (_title, rules, message) => {
  const make = () => createGateway({ services: [serviceOf(rules)], transport });
  expect(failureOf(make)).toBe(message);
});

test("createGateway() throws when a streaming method has a rule", () => {
  const rule: Rule = { pattern: { case: "post", value: "/v1" }, body: "*" };
  const kinds = [
    { clientStreaming: true },
    { serverStreaming: true },
    { clientStreaming: true, serverStreaming: true },
  ];
  const failures = kinds.map((streaming) => {
    const services = [serviceOf([rule], streaming)];
    return failureOf(() => createGateway({ services, transport }));
  });
  expect(failures).toEqual(
    ["client-streaming", "server-streaming", "bidi-streaming"].map(
      (kind) =>
        `rule: Cannot route 'POST /v1' of 't.S.M0' as the method is ${kind}, and only unary methods can have a rule`,
    ),
  );
});

test("createGateway() throws when an upload takes the requests of a rule, or has variables", () => {
  const failures = ["/v1/kinds", "/v1/{x}", "v1"].map((path) => {
    const upload = formUpload({
      path,
      method: LibraryService.method.uploadCover,
      field: "file",
      maxBytes: 1,
      header: () => ({}),
      chunk: () => ({}),
    });
    const services = [LibraryService];
    return failureOf(() => createGateway({ services, transport, uploads: [upload] }));
  });
  const method = "labwire.testdata.v1.LibraryService.UploadCover";
  expect(failures).toEqual([
    `conflict: Cannot route 'POST /v1/kinds' of '${method}' as it takes the same requests as 'POST /v1/kinds' of 'labwire.testdata.v1.LibraryService.EchoKinds'`,
    `rule: Cannot route 'POST /v1/{x}' of '${method}' as the path of an upload cannot have variables`,
    `rule: Cannot route 'POST v1' of '${method}' as its path is malformed: at character 1 '/' is expected, but found 'v1'`,
  ]);
});
