import { expect, test } from 'vitest'
import { message, appendMessages } from './message.ts'
import { failureTitle, isPlainRefusal } from './failure-title.ts'

const titles = (failure: Parameters<typeof failureTitle>[0]) =>
  (['pt-BR', 'en'] as const).map(language => failureTitle(failure, language).title)

test.each([
  [
    'MUST_BE_LESS_THAN_OR_EQUAL: Must be less than or equal to 10000. ($.payload.value)',
    ['Valor acima de 10.000 · RD Station', 'Value above 10,000 · RD Station'],
  ],
  [
    'INVALID: Must be greater than or equal to 0. ($.payload.value)',
    ['Valor abaixo de 0 · RD Station', 'Value below 0 · RD Station'],
  ],
  [
    'TOO_LONG: Must have at most 255 characters. ($.payload.reason)',
    ['Motivo da perda: mais de 255 caracteres · RD Station', 'Loss reason: more than 255 characters · RD Station'],
  ],
  [
    'MISSING: Required property is missing. ($.payload.email)',
    ['E-mail: não informado · RD Station', 'E-mail is missing · RD Station'],
  ],
  [
    'CANNOT_BE_NULL: email cannot be null. (email)',
    ['E-mail: não informado · RD Station', 'E-mail is missing · RD Station'],
  ],
  [
    "INVALID_EMAIL_FORMAT: has an invalid format ($.payload.email); INVALID_DATA_TYPE: Must be of type 'NUMBER'. ($.payload.value)",
    [
      'E-mail: formato inválido; Valor: tipo errado · RD Station',
      'E-mail is not valid; Value of the wrong type · RD Station',
    ],
  ],
  [
    'INVALID: The lead cannot be marked. ($.payload.email)',
    ['O contato não pode ser marcado · RD Station', 'The contact cannot be marked · RD Station'],
  ],
])('RD Station answers “%s”, and people read a sentence', (answer, expected) => {
  expect(titles({ code: 'RD_REJECTED', answer })).toEqual(expected)
})

test('of what TOTVS CRM sums up, the title has what it is about', () => {
  const detail = 'O campo personalizado CPF é obrigatório.'
  const answer = `VALIDATION_ERROR: Dados inválidos. ${detail}; VALIDATION_ERROR: ${detail}`
  expect(titles({ code: 'CRM_REJECTED', answer })).toEqual([
    'O campo CPF é obrigatório · TOTVS CRM',
    'The field CPF is required · TOTVS CRM',
  ])
})

test('an answer that Ponte does not know is quoted without its type and its path, also beside one that it knows', () => {
  const quoted = 'RD Station: “The moon is full”'
  const odd = 'ODD_RULE: The moon is full.'
  expect(titles({ code: 'RD_REJECTED', answer: `${odd} ($.payload.x)` })).toEqual([quoted, quoted])
  const known = 'MISSING: Required property is missing. ($.payload.email)'
  expect(titles({ code: 'RD_REJECTED', answer: `${odd}; ${known}` })).toEqual([quoted, quoted])
})

test('facts, places and the answer as it came are raw', () => {
  const answer = 'MISSING: Required property is missing. ($.payload.email)'
  const details = [appendMessages('variable=lead_origin', [message('missing', { path: 'leads[0]' })])]
  expect(failureTitle({ code: 'RD_REJECTED', answer, details }, 'pt-BR').raw).toEqual([
    'variable=lead_origin leads[0]: falta',
    answer,
  ])
  expect(failureTitle({ code: 'LEAD_WITHOUT_IDENTITY' }, 'pt-BR')).toEqual({
    title: 'Nenhum campo que o Ponte lê tem um e-mail ou telefone utilizável do lead.',
    raw: [],
  })
})

test('of a lead whose e-mail Ponte does not read, nobody reads that it has none', () => {
  const details = [
    appendMessages('', [message('no-identity', { path: 'l' }), message('email-elsewhere', { path: 'l' })]),
  ]
  expect(titles({ code: 'LEAD_WITHOUT_IDENTITY', details })).toEqual([
    'O e-mail do lead está em um campo que o Ponte não lê.',
    'The e-mail of the lead is in a field that Ponte does not read.',
  ])
})

test('the limit that Ponte itself checks is in the title', () => {
  expect(titles({ code: 'RD_SALE_VALUE_ABOVE_LIMIT', details: ['value=12500, limit=10000'] })).toEqual([
    'Valor acima de 10.000',
    'Value above 10,000',
  ])
})

test('a failure without a code of Ponte’s says so, and its text is raw', () => {
  expect(failureTitle({ code: 'WITHOUT_CODE', details: ['job stalled'] }, 'en')).toEqual({
    title: "A failure without one of Ponte's codes; the text is BullMQ's own.",
    raw: ['job stalled'],
  })
})

test('of an answer that was masked, the title has what can still be understood', () => {
  const title = (answer: string) => failureTitle({ code: 'RD_REJECTED', answer }, 'en').title
  expect(title('*** exists already')).toBe('RD Station: “*** exists already”')
  expect(title('***')).toBe('RD Station refused the data.')
  expect(title('***_REQUEST: O campo *** é obrigatório.')).toBe('A field is required · RD Station')
  expect(title('***_REQUEST: *** exists already')).toBe('RD Station: “*** exists already”')
})

test.each([
  'MISSING: Required property is missing. ($.payload.email)',
  'CANNOT_BE_NULL: email cannot be null. (email)',
  'INVALID_FORMAT: contact_owner_email has an invalid format (contact_owner_email)',
  "422: Name must be string.; INVALID_DATA_TYPE: Must be of type 'SET'. ($.payload.tags)",
  'INVALID_OPTION: Must be one of the valid options. ($.body.event_type)',
  'CANNOT_BE_BLANK: Can not be blank (leads[0].email)',
])('“%s” is what RD Station says to everybody, and names no person', answer => {
  expect(isPlainRefusal(answer)).toBe(true)
})

test.each([
  '',
  'Maria',
  'Required property is missing; Maria',
  'O campo Maria é obrigatório',
  '5548999990000 has an invalid format',
  'Maria has an invalid format (leads[0].email)',
  'maria_souza cannot be null',
  'constructor must be string',
  "Must be of type 'MARIA'",
  'has an invalid format (leads[0].maria_souza)',
  'has an invalid format ($.maria.email)',
  'has an invalid format (email[5548999990000])',
  'MARIA_SOUZA: has an invalid format (email)',
  'maria_souza: has an invalid format (email)',
  'Maria: has an invalid format; has an invalid format',
  'MISSING: Required property is missing; MARIA_SOUZA: (email)',
])('“%s” holds a word that may be a person’s', answer => {
  expect(isPlainRefusal(answer)).toBe(false)
})
