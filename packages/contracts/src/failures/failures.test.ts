import { describe, expect, test } from 'vitest'
import { languages } from '../language.ts'
import { failures, failureSection, isFailureCode } from './failures.ts'

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
