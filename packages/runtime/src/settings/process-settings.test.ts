import { expect, test } from 'vitest'
import { boardSettings, cliSettings, ingressSettings, workerSettings } from './process-settings.ts'
import { redisVariables } from './redis-target.ts'

test('every setting says what it is', () => {
  for (const { shape } of [ingressSettings, workerSettings, boardSettings, cliSettings, redisVariables])
    for (const [name, field] of Object.entries(shape)) expect(field.description, name).toMatch(/\w/)
})

test('the time zone is that of São Paulo until it is another one, and none that nobody knows', () => {
  const { BOARD_TIME_ZONE } = cliSettings.shape
  expect(BOARD_TIME_ZONE.parse(undefined)).toBe('America/Sao_Paulo')
  expect(BOARD_TIME_ZONE.parse('UTC')).toBe('UTC')
  for (const text of ['', 'Brasília', 'America/Sao Paulo'])
    expect(BOARD_TIME_ZONE.safeParse(text).success, text).toBe(false)
})
