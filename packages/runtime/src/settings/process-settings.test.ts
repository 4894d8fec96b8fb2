import { expect, test } from 'vitest'
import { boardSettings, cliSettings, ingressSettings, workerSettings } from './process-settings.ts'

test('every setting says what it is', () => {
  for (const { shape } of [ingressSettings, workerSettings, boardSettings, cliSettings])
    for (const [name, field] of Object.entries(shape)) expect(field.description, name).toMatch(/\w/)
})
