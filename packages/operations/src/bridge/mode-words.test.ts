import type { ModeRecord } from '@ponte/state'
import { expect, test } from 'vitest'
import { modeWords } from './mode-words.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const hoursAgo = (hours: number): number => now - hours * 3_600_000
const wordsOf = (record: ModeRecord) =>
  (['en', 'pt-BR'] as const).map(language => modeWords(record, { language, now, timeZone: 'UTC' }))
const nothing = [undefined, undefined]

test('a tenant in the shadow is told with the time since when nothing is written', () => {
  expect(wordsOf({ mode: 'shadow', since: hoursAgo(1), shadowSince: hoursAgo(24) })).toEqual([
    'Shadow since 28 Nov 2026, 12:00:00: nothing is written',
    'Modo sombra desde 28/11/2026, 12:00:00: nada é gravado',
  ])
})

test('a tenant that went live without a switch is told for as long as a switch is possible', () => {
  const record: ModeRecord = { mode: 'live', since: 0, shadowSince: hoursAgo(200), shadowEndedAt: hoursAgo(24) }
  expect(wordsOf(record)[0]).toContain('without ponte switch')
  expect(wordsOf(record)[0]).toContain('ponte switch still does it, until 05 Dec 2026')
  expect(wordsOf({ ...record, offAt: hoursAgo(24) })).toEqual(nothing)
  expect(wordsOf({ ...record, shadowEndedAt: hoursAgo(7 * 24) })).toEqual(nothing)
})

test('a tenant that was never in the shadow is not told, one that goes live is', () => {
  expect(wordsOf({ mode: 'live', since: 0 })).toEqual(nothing)
  expect(wordsOf({ mode: 'live', since: 0, offAt: hoursAgo(1) })).toEqual(nothing)
  const record: ModeRecord = { mode: 'live', since: 0, shadowEndedAt: now, offAt: hoursAgo(1), isGoingLive: true }
  expect(wordsOf(record)[0]).toContain('Going live')
})
