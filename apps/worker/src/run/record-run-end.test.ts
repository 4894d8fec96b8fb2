import { PermanentFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { endOfFailure } from './record-run-end.ts'

const refused = (detail: string) => endOfFailure(new PermanentFailure('RD_REJECTED', { detail }))

test('the timeline keeps what the other system answered, unless its words may name somebody', () => {
  expect(refused('must be less than or equal to 10000 (value)')).toMatchObject({
    code: 'RD_REJECTED',
    answer: 'must be less than or equal to 10000 (value)',
  })
  expect(refused('Maria Souza is not welcome')).not.toHaveProperty('answer')
  expect(endOfFailure(new PermanentFailure('RD_REJECTED'))).not.toHaveProperty('answer')
})
