// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export {};
