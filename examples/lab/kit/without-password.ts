// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * An address as a log may show it, also one that nobody can read: of what is before its last `@`
 * only the user's name is left, since a password that is not escaped may hold any character.
 */
export function withoutPassword(address: string): string {
  return address
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?(.*)@/is, (all, scheme: string = "", login: string) => {
      const [user = ""] = /^[^:/?#@]*/.exec(login) ?? [];
      return user === login ? all : `${scheme}${user}:***@`;
    })
    .replace(/([?&]password=)[^&]*/gi, "$1***");
}
