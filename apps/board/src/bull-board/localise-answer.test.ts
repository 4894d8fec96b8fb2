import { appendMessages, type Language, message, renderMessage } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { localiseAnswer } from './localise-answer.ts'

const logLine = (line: string, language: Language) => localiseAnswer([line], language)

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
  expect(renderMessage(reason, 'pt-BR')).toBe(portuguese)
})

test('a line of a log is shown in either language', () => {
  const line = appendMessages('2026-01-02T03:04:05.000Z', [message('marked', { marks: ['opportunity', 'sale'] })])
  expect(logLine(line, 'en')).toEqual(['2026-01-02T03:04:05.000Z marked: opportunity, sale'])
  expect(logLine(line, 'pt-BR')).toEqual(['2026-01-02T03:04:05.000Z marcado: oportunidade, venda'])
})

test.each([
  'CRM_REJECTED: E-7: Telefone inválido',
  'totvs-crm GET /crm/api/integration?page=1 [read leads] → 422 3 ms CRM_REJECTED: E-7: x',
  'job stalled more than allowable limit',
  '',
])('the words of others stay as they are: %s', text => {
  for (const language of ['en', 'pt-BR'] as const) {
    expect(renderMessage(text, language)).toBe(text)
    expect(logLine(`2026-01-02T03:04:05.000Z ${text}`, language)).toEqual([`2026-01-02T03:04:05.000Z ${text}`])
  }
})
