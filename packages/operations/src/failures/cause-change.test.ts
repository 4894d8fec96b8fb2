import { expect, test } from 'vitest'
import { answerShape, hasChanged } from './vendor-answers.ts'

const shape = answerShape('LEAD-01: *** não tem papel (users[0]) 422')

test.each([
  ['as it was', { count: 4, shapes: [shape] }, false],
  ['fewer', { count: 1, shapes: [shape] }, false],
  ['some more', { count: 7, shapes: [shape] }, false],
  ['twice as many', { count: 8, shapes: [shape] }, true],
  ['another answer', { count: 4, shapes: [shape, answerShape('Serviço indisponível')] }, true],
  [
    'an answer with a word that is not masked',
    { count: 4, shapes: [answerShape('LEAD-01: Ana *** não tem papel (users[7]) 409')] },
    true,
  ],
  [
    'the same answer with other numbers',
    { count: 4, shapes: [answerShape('LEAD-77: *** não tem papel (users[3]) 409')] },
    false,
  ],
  ['no failure', { count: 0, shapes: [] }, false],
])('a cause of which four had failed, and now %s: %j', (_what, now, changed) => {
  expect(hasChanged({ count: 4, shapes: [shape] }, now)).toBe(changed)
})
