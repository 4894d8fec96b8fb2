import { expect, test } from 'vitest'
import { counted } from './counted.ts'

test('one is singular and more are plural, in both languages', () => {
  const counts = [1, 2, 21].map(count => [
    counted('en', count, 'event failed', 'events failed'),
    counted('pt-BR', count, 'evento falhou', 'eventos falharam'),
  ])
  expect(counts).toEqual([
    ['1 event failed', '1 evento falhou'],
    ['2 events failed', '2 eventos falharam'],
    ['21 events failed', '21 eventos falharam'],
  ])
})
