import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failures, isFailureCode } from '../failures/failures.ts'
import {
  failureMessage,
  type Message,
  message,
  type MessageValue,
  storedMessages,
  appendMessages,
  changeStoredText,
  splitStored,
} from './message.ts'
import { messages } from './messages.ts'
import { renderMessage } from './render-message.ts'

const namesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
const entries = Object.entries(messages)
const codes = Object.keys(failures).filter(isFailureCode)
const languages = ['en', 'pt-BR'] as const

const text = fc.string({ unit: 'binary', maxLength: 20 }).filter(value => !/[{}]/.test(value))
const value: fc.Arbitrary<MessageValue> = fc.oneof(
  text,
  fc.constantFrom('sale', 'rd-station', 'the body', '__proto__', 'constructor'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  fc.constantFrom<Message>(
    { key: 'CRM_REJECTED', values: { status: 422 } },
    { key: 'record-locked' },
    { key: 'from a later version' },
  ),
)
/** A message of the table with all or some of its values, or one with an unknown key. */
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc
    .constantFrom(...entries)
    .chain(([key, { en }]) => fc.tuple(fc.constant(key), fc.subarray(namesIn(en))))
    .chain(([key, names]) =>
      fc.record({ key: fc.constant(key), values: fc.record(Object.fromEntries(names.map(name => [name, value]))) }),
    ),
  fc.record({
    key: fc.oneof(fc.constantFrom('constructor', 'toString', ...codes), text),
    values: fc.dictionary(
      text.filter(name => name !== '__proto__'),
      value,
    ),
  }),
)

test.each(entries)('%s has the same values in both languages', (_key, { en, pt }) => {
  expect(namesIn(pt).toSorted()).toEqual(namesIn(en).toSorted())
  expect(en).not.toBe('')
  expect(pt).not.toBe('')
})

test('every message, also one that lacks values, is shown in either language without a hole, and no message makes it fail', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 3 }), stored => {
      for (const language of languages) expect(renderMessage(stored, language)).not.toMatch(/\{\w+\}/)
    }),
    { numRuns: 2000 },
  )
})

test('what is stored is read back as it was', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 3 }), stored => {
      const back: unknown = JSON.parse(JSON.stringify(stored))
      expect(storedMessages.parse(back)).toEqual(back)
      expect(splitStored(appendMessages('CODE: text.', stored)).before).toBe('CODE: text.')
    }),
  )
})

test('a text that was stored as text stays as it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('[{"key":', 'x [{"key":1}]', '[{"key":"a"')),
      stored => {
        for (const language of languages) expect(renderMessage(stored, language)).toBe(stored)
      },
    ),
  )
})

test.each([
  'CRM_REJECTED: E-7: Telefone inválido',
  'totvs-crm GET /crm/api/integration?page=1 [read leads] → 422 3 ms CRM_REJECTED: E-7: x',
  'job stalled more than allowable limit',
])('the words of others stay as they are: %s', stored => {
  for (const language of languages) expect(renderMessage(stored, language)).toBe(stored)
})

test.each([
  [
    'CRM_REJECTED: TOTVS CRM refused the data. (status=422, error=E-7)',
    'CRM_REJECTED: O TOTVS CRM recusou os dados. (status=422, error=E-7)',
  ],
  [
    appendMessages('BODY_NOT_JSON: The body is not valid JSON.', [message('not-json', { path: 'the body' })]),
    'BODY_NOT_JSON: O corpo não é JSON válido. o corpo: não é JSON válido',
  ],
])('the stored reason of a failure %s is shown in Portuguese', (stored, portuguese) => {
  expect(renderMessage(stored, 'pt-BR')).toBe(portuguese)
})

test.each([
  [message('lead-created', { lead: 'L-1' }), 'lead L-1 created', 'lead L-1 criado'],
  [
    [message('lead-unchanged', { lead: 'L-1' }), message('opportunity-in-progress')],
    'lead L-1 found, nothing new; its opportunity is in progress',
    'lead L-1 encontrado, nada de novo; a oportunidade deste lead está em andamento',
  ],
  [
    message('round-later', { time: new Date(2026, 11, 3, 6, 43, 16).toISOString() }),
    'the next round starts at 03 Dec 2026, 06:43:16',
    'a próxima rodada começa em 03/12/2026, 06:43:16',
  ],
  [message('marked', { marks: ['opportunity', 'sale'] }), 'marked: opportunity, sale', 'marcado: oportunidade, venda'],
  [
    message('waits', { seconds: 4, why: message('system-paused', { system: 'rd-station', code: 'RD_UNAVAILABLE' }) }),
    'waits 4 s: RD Station is paused (RD_UNAVAILABLE)',
    'espera 4 s: RD Station está em pausa automática (RD_UNAVAILABLE)',
  ],
  [
    failureMessage('CRM_REJECTED', { status: 422 }),
    'CRM_REJECTED: TOTVS CRM refused the data. (status=422)',
    'CRM_REJECTED: O TOTVS CRM recusou os dados. (status=422)',
  ],
  [
    message('at-place', { place: 'leads[0]', note: message('email-invalid') }),
    'leads[0].email: is not an e-mail address; counts as absent',
    'leads[0].email: não é um endereço de e-mail; conta como ausente',
  ],
])('%j is «%s»', (stored, english, portuguese) => {
  expect(renderMessage(stored, 'en')).toBe(english)
  expect(renderMessage(stored, 'pt-BR')).toBe(portuguese)
})

test('a message that is masked stays a message', () => {
  const hide = (): string => '***'
  const stored = [message('lead-created', { lead: 'Maria' })]
  expect(changeStoredText(stored, hide)).toEqual([message('lead-created', { lead: '***' })])
  expect(renderMessage(changeStoredText(appendMessages('Maria', stored), hide), 'en')).toBe('*** lead *** created')
})
