import { expect, test } from 'vitest'
import { codeOfReason } from './code-of-reason.ts'

test.each([
  ['CRM_REJECTED: TOTVS CRM refused the data. (status=422)', 'CRM_REJECTED'],
  ['CRM_REJECTED', 'CRM_REJECTED'],
  ['CRM_REJECTED is not how it is written', 'WITHOUT_CODE'],
  ['NO_SUCH_CODE: something', 'WITHOUT_CODE'],
  ['job stalled more than allowable limit', 'WITHOUT_CODE'],
  ['', 'WITHOUT_CODE'],
  [null, 'WITHOUT_CODE'],
  [undefined, 'WITHOUT_CODE'],
])('the code of the reason %j is %s', (reason, code) => {
  expect(codeOfReason(reason)).toBe(code)
})
