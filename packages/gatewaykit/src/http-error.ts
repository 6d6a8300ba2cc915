// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";

interface HttpErrorOptions {
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An answer that no RPC gave, with an HTTP status of its own. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: Code;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: Code,
    message: string,
    { headers = {}, cause }: HttpErrorOptions = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
