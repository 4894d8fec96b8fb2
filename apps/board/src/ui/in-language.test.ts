import { appendMessages, message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { inLanguage, logLineInLanguage } from './in-language.ts'

test.each([
  [
    'CRM_REJECTED: TOTVS CRM refused the data. (status=422, error=E-7)',
    'CRM_REJECTED: O TOTVS CRM recusou os dados. (status=422, error=E-7)',
  ],
  [
    appendMessages('BODY_NOT_JSON: The body is not valid JSON.', [message('not-json', { path: 'the body' })]),
    'BODY_NOT_JSON: O corpo não é JSON válido. o corpo: não é JSON válido',
  ],
])('the reason %s is shown in Portuguese', (reason, portuguese) => {
  expect(inLanguage(reason, 'pt-BR')).toBe(portuguese)
})

test('a line of a log is shown in either language', () => {
  const line = appendMessages('2026-01-02T03:04:05.000Z', [message('marked', { marks: ['opportunity', 'sale'] })])
  expect(logLineInLanguage(line, 'en')).toBe('2026-01-02T03:04:05.000Z marked: opportunity, sale')
  expect(logLineInLanguage(line, 'pt-BR')).toBe('2026-01-02T03:04:05.000Z marcado: oportunidade, venda')
})

test.each([
  'CRM_REJECTED: E-7: Telefone inválido',
  'totvs-crm GET /crm/api/integration?page=1 [read leads] → 422 3 ms CRM_REJECTED: E-7: x',
  'job stalled more than allowable limit',
  '',
])('the words of others stay as they are: %s', text => {
  for (const language of ['en', 'pt-BR'] as const) {
    expect(inLanguage(text, language)).toBe(text)
    expect(logLineInLanguage(`2026-01-02T03:04:05.000Z ${text}`, language)).toBe(`2026-01-02T03:04:05.000Z ${text}`)
  }
})
