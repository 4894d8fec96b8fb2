import { expect, test } from 'vitest'
import { counted, formatMoment } from './format.ts'

test('one is singular and more are plural, in both languages', () => {
  const counts = [0, 1, 2, 21].map(count => [
    counted('en', count, 'event failed', 'events failed'),
    counted('pt-BR', count, 'evento falhou', 'eventos falharam'),
  ])
  expect(counts).toEqual([
    ['0 events failed', '0 eventos falharam'],
    ['1 event failed', '1 evento falhou'],
    ['2 events failed', '2 eventos falharam'],
    ['21 events failed', '21 eventos falharam'],
  ])
})

const at = Date.parse('2026-11-27T01:04:29.999Z')

test.each([
  { timeZone: 'America/Sao_Paulo', portuguese: '26/11/2026, 22:04:29', english: '26 Nov 2026, 22:04:29' },
  { timeZone: 'UTC', portuguese: '27/11/2026, 01:04:29', english: '27 Nov 2026, 01:04:29' },
])('a moment has the day and the hour of $timeZone', ({ timeZone, portuguese, english }) => {
  expect(formatMoment(at, 'pt-BR', timeZone)).toBe(portuguese)
  expect(formatMoment(at, 'en', timeZone)).toBe(english)
})
