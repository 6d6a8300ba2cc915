// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { FormUploadOptions, Upload, UploadedFile } from "./form-upload.ts";
export { formUpload } from "./form-upload.ts";
export type { Gateway, GatewayOptions } from "./gateway.ts";
export { createGateway } from "./gateway.ts";
export type { GatewaykitErrorCode, GatewaykitErrorOptions } from "./gatewaykit-error.ts";
export { GatewaykitError } from "./gatewaykit-error.ts";
export type { NodeRequest, NodeResponse } from "./node-handler.ts";
