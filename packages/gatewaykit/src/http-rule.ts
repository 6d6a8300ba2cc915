// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type DescField,
  type DescMethodUnary,
  type DescService,
  getOption,
  hasOption,
} from "@bufbuild/protobuf";
import { resolveFieldPath } from "./field-path.ts";
import { GatewaykitError } from "./gatewaykit-error.ts";
import { http } from "./gen/google/api/annotations_pb.ts";
import type { HttpRule } from "./gen/google/api/http_pb.ts";
import { valueParser } from "./parse-value.ts";
import { type PathTemplate, parsePathTemplate } from "./path-template.ts";
import type { PathField, RequestBinding } from "./request-message.ts";

/** A rule of a method, or one of its additional bindings, checked. */
export interface HttpBinding extends RequestBinding {
  /** Names the rule in errors: `'GET /v1/books' of 'library.v1.Library.ListBooks'`. */
  name: string;
  method: DescMethodUnary;
  /** HTTP method, or `*` for any. */
  httpMethod: string;
  template: PathTemplate;
  /** Field whose value is the response's body, or undefined for the whole message. */
  responseBody: DescField | undefined;
}

/**
 * Reads the `google.api.http` rules of a service's methods. Methods without one have no route.
 *
 * @throws {GatewaykitError} with code `rule` that names the rule.
 */
export function readHttpRules(service: DescService): HttpBinding[] {
  return service.methods.flatMap((method) => {
    if (!hasOption(method, http)) return [];
    const rule = getOption(method, http);
    const methodName = `${service.typeName}.${method.name}`;
    return [rule, ...rule.additionalBindings].map((each) => {
      const { httpMethod, path } = patternOf(each, methodName);
      const name = `'${httpMethod} ${path}' of '${methodName}'`;
      if (each !== rule && each.additionalBindings.length > 0) {
        throw ruleError(name, "an additional binding cannot have additional bindings");
      }
      if (method.methodKind !== "unary") {
        const kind = method.methodKind.replace("_", "-");
        throw ruleError(name, `the method is ${kind}, and only unary methods can have a rule`);
      }
      const unary = method as DescMethodUnary;
      const template = readTemplate(path, name);
      if (each.body !== "" && (httpMethod === "GET" || httpMethod === "HEAD")) {
        throw ruleError(name, `${httpMethod} has no body: current value is '${each.body}'`);
      }
      return {
        name,
        method: unary,
        input: unary.input,
        httpMethod,
        template,
        pathFields: readPathFields(template, unary, name),
        body: each.body === "*" ? "*" : topLevelField(unary.input.fields, "body", each.body, name),
        responseBody:
          each.responseBody === "*"
            ? undefined
            : topLevelField(unary.output.fields, "response_body", each.responseBody, name),
      };
    });
  });
}

/** @throws {GatewaykitError} with code `rule` when the template is malformed. */
export function readTemplate(path: string, name: string): PathTemplate {
  try {
    return parsePathTemplate(path);
  } catch (cause) {
    const { message } = GatewaykitError.from(cause);
    throw ruleError(name, `its path is malformed: ${message}`, cause);
  }
}

export function ruleError(name: string, reason: string, cause?: unknown): GatewaykitError {
  return new GatewaykitError(`Cannot route ${name} as ${reason}`, { code: "rule", cause });
}

function patternOf({ pattern }: HttpRule, method: string): { httpMethod: string; path: string } {
  switch (pattern.case) {
    case undefined:
      throw new GatewaykitError(`Cannot route a rule of '${method}' as it has no path`, {
        code: "rule",
      });
    case "custom":
      return { httpMethod: pattern.value.kind, path: pattern.value.path };
    default:
      return { httpMethod: pattern.case.toUpperCase(), path: pattern.value };
  }
}

function readPathFields(
  { variables }: PathTemplate,
  { input }: DescMethodUnary,
  name: string,
): PathField[] {
  return variables.map(({ fieldPath }) => {
    const path = fieldPath.join(".");
    const fields = resolveFieldPath(input, fieldPath);
    const field = fields?.at(-1);
    if (fields === undefined || field === undefined) {
      throw ruleError(name, `'${input.typeName}' has no field '${path}', which its path names`);
    }
    const parse = field.fieldKind === "map" ? undefined : valueParser(field);
    if (parse === undefined) {
      throw ruleError(name, `the field '${path}' is of a type that a path cannot hold`);
    }
    return { fields, parse };
  });
}

function topLevelField(
  fields: DescField[],
  option: string,
  value: string,
  name: string,
): DescField | undefined {
  if (value === "") return undefined;
  const field = fields.find((candidate) => candidate.name === value);
  if (field !== undefined) return field;
  const { typeName } = fields[0]?.parent ?? { typeName: "the message" };
  throw ruleError(name, `'${typeName}' has no field '${value}', which its '${option}' names`);
}
