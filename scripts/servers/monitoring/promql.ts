// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

const comparisons = new Set(["Eql", "Gte", "Gtr", "Lss", "Lte", "Neq"]);

/** @throws when it is no PromQL, with the place. */
export function parsePromQL(expression: string): SyntaxNode {
  const tree = parser.parse(expression);
  tree.iterate({
    enter: ({ type, from }) => {
      if (!type.isError) return;
      throw new Error(`Cannot parse '${expression}' at '${expression.slice(from)}'`);
    },
  });
  return tree.topNode;
}

/** Names of the metrics that an expression reads. */
export function metricsOf(expression: string): string[] {
  const names: string[] = [];
  parsePromQL(expression)
    .cursor()
    .iterate(({ name, node }) => {
      if (name !== "VectorSelector") return;
      const identifier = node.getChild("Identifier");
      if (identifier !== null) names.push(expression.slice(identifier.from, identifier.to));
    });
  return names;
}

/**
 * The expression without its comparisons to numbers: what an alert looks at, whether or not it is
 * bad now.
 */
export function withoutThresholds(expression: string): string {
  const cuts: [from: number, to: number][] = [];
  parsePromQL(expression)
    .cursor()
    .iterate(({ name, node }) => {
      const { firstChild: left, lastChild: number } = node;
      if (name !== "BinaryExpr" || left === null || number?.name !== "NumberDurationLiteral")
        return;
      if (comparisons.has(left.nextSibling?.name ?? "")) cuts.push([left.to, number.to]);
    });
  return cuts
    .sort(([a], [b]) => b - a)
    .reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), expression);
}
