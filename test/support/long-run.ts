import { inject } from 'vitest'

/** `npm test` plays the first `count` of these cases, of which each is a unit elsewhere, `npm test -- --all` all of them. */
export const firstOf = <Case>(count: number, cases: readonly Case[]): readonly Case[] =>
  inject('isLongRun') ? cases : cases.slice(0, count)
