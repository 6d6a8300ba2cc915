// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { readConfig } from "../kit/config.ts";
import { exitOnConfigError } from "../kit/run-process.ts";
import { commentGatewayVariables } from "./config.ts";
import { runGateway } from "./run-gateway.ts";

const config = exitOnConfigError(() =>
  readConfig(commentGatewayVariables, { env: process.env, argv: process.argv.slice(2) }),
);

await runGateway(config, (transport) => ({ services: [Comment], transport }));
