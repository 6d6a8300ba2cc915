// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test, vi } from "vitest";
import { certificate } from "../../behaviour/certificate.ts";
import type { ListenerOptions } from "../broker-options.ts";
import { resolveOptions } from "../resolve-options.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { Cluster } from "./cluster.ts";
import type { Listener } from "./listener.ts";
import type { Node } from "./node.ts";

test.each(["plaintext", "TLS"])(
  "Cluster lives on, and remembers no connection, when a client of %s breaks it during the start",
  async (kind) => {
    const tls = kind === "TLS" ? await certificate() : undefined;
    const listeners: ListenerOptions[] = [{ tls }];
    const cluster = new Cluster(
      resolveOptions({ brokers: 2, listeners }),
      createMemoryStorage("id"),
    );
    const [first] = cluster.nodes as [Node];
    const [listener] = cluster.options.listeners as [Listener];
    await first.start();
    const raw = connect(first.address(listener));
    await once(raw, "connect");
    if (tls)
      await once(connectTls({ socket: raw, ca: tls.cert, host: "localhost" }), "secureConnect");
    await vi.waitUntil(() => first.sockets.size === 1, { interval: 1 });
    raw.resetAndDestroy();
    await vi.waitUntil(() => first.sockets.size === 0, { interval: 1 });
    await cluster.start();
    const { size } = cluster.connections;
    await cluster.close();
    expect(size).toBe(0);
  },
);
