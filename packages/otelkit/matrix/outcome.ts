// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouterOptions } from "@connectrpc/connect";
import type { Behaviour, Kind } from "./kinds.ts";
import type { RawAnswer } from "./raw-server.ts";
import type { Scene } from "./scene.ts";
import type { Wire } from "./wires.ts";

/** Something that can come of a call. */
export interface Outcome {
  readonly name: string;
  /** Why there is no such cell. Undefined where there is. */
  readonly missing?: (wire: Wire, kind: Kind) => string | undefined;
  /** What the wire has to show, or the cell is not what its name says. See `seenOnWire`. */
  readonly wire:
    | string
    | readonly string[]
    | ((wire: Wire, kind: Kind) => string | readonly string[]);
  /** What the handler does. Default: it reads all requests, then sends each back. */
  readonly behave?: Behaviour;
  /** Options of the server's router. */
  readonly server?: Partial<ConnectRouterOptions>;
  /** Whether the client sends bytes of its own, and is not measured. */
  readonly isRaw?: boolean;
  /** What a server that is not measured answers, in place of the handler. */
  readonly answer?: (wire: Wire, kind: Kind) => RawAnswer;
  /** What the client does. Default: it makes the call. */
  readonly run?: (scene: Scene) => Promise<unknown>;
  /** Whether it is there for bidi calls over HTTP/1.1 too, which otherwise end with 505. */
  readonly isForAnyVersion?: boolean;
  /**
   * What the server's interceptor takes the call for, where it cannot see the wire: a code, or
   * `nothing` when it is not asked. Undefined where it sees what `instrumentRoutes` sees.
   */
  readonly interceptorSees?: (wire: Wire, kind: Kind) => string | undefined;
  /** The same for every layer, where the runtime does not tell what passed. */
  readonly runtimeSees?: (wire: Wire, kind: Kind) => string | undefined;
  /** Whether client and server end the call at the same time, so that either may be first. */
  readonly isRace?: boolean;
  /** Whether the call ends only with its connection: the client keeps it open without knowing. */
  readonly endsWithConnection?: boolean;
}
