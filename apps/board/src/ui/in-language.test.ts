import { expect, test } from 'vitest'
import { inLanguage, logLineInLanguage } from './in-language.ts'

test.each([
  [
    'CRM_REJECTED: TOTVS CRM refused the data. (status=422, error=E-7)',
    'CRM_REJECTED: O TOTVS CRM recusou os dados. (status=422, error=E-7)',
  ],
  [
    'LEAD_WITHOUT_IDENTITY: The lead has neither a usable e-mail nor a usable phone. leads[0]: has neither a usable e-mail nor a phone of at least 8 digits that are not all the same leads[0].email: is not an e-mail address; counts as absent',
    'LEAD_WITHOUT_IDENTITY: O lead não tem e-mail nem telefone utilizável. leads[0]: não tem nem e-mail utilizável nem telefone de ao menos 8 dígitos que não sejam todos iguais; leads[0].email: não é um endereço de e-mail; conta como ausente',
  ],
  ['the body: is not valid JSON', 'o corpo: não é JSON válido'],
  [
    'source.row.id: is missing source.object.contextUrl: must be a text of 1 to 500 characters',
    'source.row.id: falta; source.object.contextUrl: precisa ser um texto de 1 a 500 caracteres',
  ],
  ['waits 4 s: totvs-crm is resting (CRM_UNREACHABLE)', 'espera 4 s: TOTVS CRM está em descanso (CRM_UNREACHABLE)'],
  ['lead L-1 created; opportunity opened', 'lead L-1 criado; oportunidade aberta'],
])('%s is told in Portuguese, and stays as it is in English', (english, portuguese) => {
  expect(inLanguage(english, 'pt-BR')).toBe(portuguese)
  expect(inLanguage(english, 'en')).toBe(english)
})

test.each([
  'CRM_REJECTED: E-7: Telefone inválido',
  'totvs-crm GET /crm/api/integration?page=1 [read leads] → 422 3 ms CRM_REJECTED: E-7: x',
  'job stalled more than allowable limit',
  '',
])('the words of others stay as they are: %s', text => {
  expect(inLanguage(text, 'pt-BR')).toBe(text)
  expect(logLineInLanguage(`2026-01-02T03:04:05.000Z ${text}`, 'pt-BR')).toBe(`2026-01-02T03:04:05.000Z ${text}`)
})
