import { describe, expect, test } from 'vitest'
import { languages } from '../language.ts'
import { failures, failureSection, isFailureCode, codeOfReason } from './failures.ts'

const codes = Object.keys(failures).filter(isFailureCode)

test.each(codes)('%s is described as far in Portuguese as in English', code => {
  const { en, pt } = failures[code]
  expect(Object.keys(pt)).toEqual(Object.keys(en))
  for (const text of [...Object.values(en), ...Object.values(pt)]) expect(text.trim()).not.toBe('')
})

test('whether it is tried again is said of every failure: no, where its row does not say it', () => {
  expect(failureSection('RD_REJECTED', 'en')).toMatch(/\*\*Tried again:\*\* A mark, in the rounds of `statusRD`\.$/)
  expect(failureSection('CRM_REJECTED', 'en')).toMatch(/\*\*Tried again:\*\* No\.$/)
  expect(failureSection('BODY_TOO_LARGE', 'pt-BR')).toMatch(/\*\*Nova tentativa:\*\* Não\. Nada foi aceito\.$/)
})

describe.each(languages)('what is said in %s', language => {
  test('refers only to codes that exist', () => {
    const sections = codes.map(code => failureSection(code, language)).join('\n')
    const referred = [...sections.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor.toUpperCase())
    expect(referred.length).toBeGreaterThan(0)
    expect(codes).toEqual(expect.arrayContaining(referred))
  })
})

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
