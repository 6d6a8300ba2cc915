// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type {
  DescEnum,
  DescExtension,
  DescFile,
  DescMessage,
  DescService,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** Where in a set of proto files, and those that they import, things are declared. */
export interface DescriptorIndex {
  /** By the path that others import it under. */
  file(name: string): DescFile | undefined;
  /** By the full name of a message, field, oneof, enum, enum value, service, method or extension. */
  fileOfSymbol(name: string): DescFile | undefined;
  /** The files of a message's extensions by their numbers; undefined when there is no such message. */
  extensions(typeName: string): ReadonlyMap<number, DescFile> | undefined;
}

export function indexDescriptors(services: readonly DescService[]): DescriptorIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();

  function add(file: DescFile): void {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    // Imports first: their messages are those that this file extends.
    file.dependencies.forEach(add);
    const types = [...nestedTypes(file)];
    for (const type of types) {
      for (const name of namesOf(type)) symbols.set(name, file);
      if (type.kind === "message") extensions.set(type.typeName, new Map());
    }
    for (const type of types) {
      if (type.kind === "extension") {
        extensions.get(type.extendee.typeName)?.set(type.number, file);
      }
    }
  }

  for (const { file } of services) add(file);
  return {
    file: (name) => files.get(name),
    fileOfSymbol: (name) => symbols.get(name),
    extensions: (typeName) => extensions.get(typeName),
  };
}

function namesOf(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  const { typeName } = type;
  switch (type.kind) {
    case "message":
      return [typeName, ...type.members.map(({ name }) => `${typeName}.${name}`)];
    case "service":
      return [typeName, ...type.methods.map(({ name }) => `${typeName}.${name}`)];
    case "enum": {
      // The values of an enum are its siblings, not its children.
      const scope = typeName.slice(0, typeName.lastIndexOf(".") + 1);
      return [typeName, ...type.values.map(({ name }) => scope + name)];
    }
    case "extension":
      return [typeName];
  }
}
