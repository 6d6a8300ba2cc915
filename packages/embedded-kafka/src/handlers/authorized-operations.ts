// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Everything that can be done with a topic, as bits (KIP-430): there are no permissions here. */
export const topicOperations = 0b1101_1111_1000;

/** Everything that can be done with the cluster. */
export const clusterOperations = 0b1_1111_1010_0000;
