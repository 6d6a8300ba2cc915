// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The broker of the bench, in a process of its own, until its parent goes.

import { startBroker } from "@labwire/embedded-kafka";

const broker = await startBroker();
process.on("disconnect", () => void broker.close());
process.send?.(broker.brokers);
