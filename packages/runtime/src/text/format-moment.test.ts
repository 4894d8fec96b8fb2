import { expect, test } from 'vitest'
import { formatMoment } from './format-moment.ts'

const at = Date.parse('2026-11-27T01:04:29.999Z')

test.each([
  { timeZone: 'America/Sao_Paulo', portuguese: '26/11/2026, 22:04:29', english: '11/26/2026, 10:04:29 PM' },
  { timeZone: 'UTC', portuguese: '27/11/2026, 01:04:29', english: '11/27/2026, 01:04:29 AM' },
])('a moment has the day and the hour of $timeZone', ({ timeZone, portuguese, english }) => {
  expect(formatMoment(at, 'pt-BR', timeZone)).toBe(portuguese)
  // Some versions of ICU put a narrow space before AM and PM.
  expect(formatMoment(at, 'en', timeZone).replaceAll(/\s/g, ' ')).toBe(english)
})
