// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Video } from "../gen/video/pb/rpc_pb.ts";
import { readConfig } from "../kit/config.ts";
import { exitOnConfigError } from "../kit/run-process.ts";
import { videoGatewayVariables } from "./config.ts";
import { runGateway } from "./run-gateway.ts";
import { videoUpload } from "./video-upload.ts";

const config = exitOnConfigError(() =>
  readConfig(videoGatewayVariables, { env: process.env, argv: process.argv.slice(2) }),
);

await runGateway(config, (transport) => ({
  services: [Video],
  transport,
  uploads: [videoUpload(config.MAX_UPLOAD_BYTES)],
}));
