// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import GithubSlugger from "github-slugger";
import { fromMarkdown } from "mdast-util-from-markdown";
import { visit } from "unist-util-visit";

export interface Link {
  /** As written, such as `../README.md#limits`. */
  target: string;
  /** Line of the document, from 1. */
  line: number;
}

export interface Code {
  /** First word after the fence; empty for inline code and for blocks without a language. */
  language: string;
  text: string;
  /** Line of the document that holds the first line of `text`, from 1. */
  line: number;
  inline: boolean;
}

/** What the docs checks look at in a Markdown document. */
export interface Markdown {
  links: Link[];
  codes: Code[];
  /** The `#fragments` that headings give, as GitHub makes them. */
  anchors: Set<string>;
}

export function readMarkdown(text: string): Markdown {
  const links: Link[] = [];
  const codes: Code[] = [];
  const anchors = new Set<string>();
  const lines = text.split("\n");
  const slugger = new GithubSlugger();

  visit(fromMarkdown(text), (node) => {
    const line = node.position?.start.line ?? 1;
    if (node.type === "link" || node.type === "image" || node.type === "definition") {
      links.push({ target: node.url, line });
    } else if (node.type === "html") {
      for (const [, target] of node.value.matchAll(/\b(?:href|src)="([^"]*)"/g)) {
        if (target !== undefined) links.push({ target, line });
      }
    } else if (node.type === "inlineCode") {
      codes.push({ language: "", text: node.value, line, inline: true });
    } else if (node.type === "code") {
      const fenced = /^[\s>*+-]*(```|~~~)/.test(lines[line - 1] ?? "");
      const first = fenced ? line + 1 : line;
      codes.push({ language: node.lang ?? "", text: node.value, line: first, inline: false });
    } else if (node.type === "heading") {
      let title = "";
      visit(node, (child) => {
        if ("value" in child) title += child.value;
      });
      anchors.add(slugger.slug(title));
    }
  });
  return { links, codes, anchors };
}
