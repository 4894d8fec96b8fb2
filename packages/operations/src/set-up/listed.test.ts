import { expect, test } from 'vitest'
import { listed } from './crm-lists.ts'

test('a list in a sentence has ten names at most, and no long one', () => {
  expect(listed(['A', 'B', 'C'])).toBe('A, B, C')
  const many = listed(Array.from({ length: 5000 }, (_, index) => `${index}-${'x'.repeat(500)}`))
  expect(many).toMatch(/^0-x{58}, 1-.*, … \(\+4990\)$/)
  expect(many.length).toBeLessThan(650)
})
