import { expect, test } from 'vitest'
import { causeTitle } from './failure-words.ts'
import { causesOf, type Failure } from './read-failures.ts'

const failureOf = (tenant: string, answers: Failure['answers']): Failure => ({
  ...{ code: 'CRM_REJECTED', tenant, queue: 'totvs-crm', count: 5, first: 1, last: 2 },
  ...{ events: [], answers, details: [], pending: 0, record: {}, newest: undefined },
})

test('an answer is counted over all queues of a cause, also where it is the rarest of one; the most frequent are shown', () => {
  const often = ['a', 'b', 'c'].map(text => ({ text, times: 2 }))
  const [cause] = causesOf([
    failureOf('acme', [...often, { text: 'x', times: 1 }]),
    failureOf('nova', [{ text: 'x', times: 5 }]),
  ])
  const { answers = [] } = cause === undefined ? {} : causeTitle(cause, 'en')
  expect(answers.map(({ times }) => times)).toEqual([6, 2, 2])
})
