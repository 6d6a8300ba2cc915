// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createRegistry } from "@bufbuild/protobuf";
import { file_connectrpc_conformance_v1_service } from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** Answers carry requests as `Any`, which JSON can only hold by the types of what is in it. */
export const jsonOptions = { registry: createRegistry(file_connectrpc_conformance_v1_service) };
