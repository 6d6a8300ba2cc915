// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConfigOf } from "../kit/config.ts";
import { serviceVariables } from "../kit/service-variables.ts";
import * as variable from "../kit/variables.ts";

function gatewayVariables(process: string) {
  return {
    ...serviceVariables(process),
    HTTP_ADDR: variable.address({ default: ":8080", doc: "Where REST is served." }),
    GRPC_SERVER_ADDR: variable.address({
      default: "localhost:8081",
      doc: "The service behind this gateway.",
    }),
    GRPC_SERVER_TIMEOUT: variable.duration({
      default: "30s",
      doc: "Deadline of a call to it; an upload has none.",
    }),
  };
}

export const commentGatewayVariables = gatewayVariables("comment-gateway");

export const videoGatewayVariables = {
  ...gatewayVariables("video-gateway"),
  MAX_UPLOAD_BYTES: variable.integer({
    default: `${2 * 1024 ** 3}`,
    min: 1,
    doc: "Largest file that is taken, in bytes; a larger one answers 413.",
  }),
};

export type GatewayConfig = ConfigOf<ReturnType<typeof gatewayVariables>>;
