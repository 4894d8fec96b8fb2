import { message, registeredLead } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { maskJobData } from './masked-data.ts'
import { maskEmails, maskForeignWords, maskResult, maskText, personalWords } from './masking.ts'
import { foldedWords, isOwnWord } from './vocabulary.ts'

const lead = {
  uuid: 'c2f3d2b3-7250-4d27-97f4-eef38be32f7f',
  email: 'maria.souza@padaria-souza.com.br',
  name: 'Maria Souza',
  company: 'Padaria Souza ME',
  jobTitle: 'Sócia',
  city: 'Florianópolis',
  phone: '(48) 3025-2598',
  mobilePhone: '+55 48 99999-1234',
  linkedin: 'https://linkedin.com/in/mariasouza',
  ownerEmail: 'joao@acme.example',
  conversionIdentifier: 'ebook-2026',
  convertedAt: '2026-11-24T12:00:00Z',
  values: { 'Qual é o seu CNPJ?': ['11.222.333/0001-81'], tags: ['padaria'] },
}
const data = { v: 1, key: 'rd-0b9e1f', receivedAt: '2026-11-24T12:00:01Z', lead }

test('what Ponte itself noted of a lead, and which places its delivery lacks, are no words of the person', () => {
  const messages = [{ key: 'rule-values-left-out', values: { place: 'interesses', count: 4321 } }]
  const noted = { ...data, lead: { ...lead, messages, lacks: ['legalBases'], lacksFunnel: true } }
  const line = 'interesses: only the first 4321 values are read; RD Station has no legalBases; Maria Souza'
  expect(maskText(line, personalWords(noted))).toBe(line.replace('Maria Souza', '***'))
})

test('of a lead only its id and its times are shown, of what rules read of it neither place nor value', () => {
  expect(maskJobData(data)).toEqual({
    v: 1,
    key: 'rd-0b9e1f',
    receivedAt: '2026-11-24T12:00:01Z',
    lead: {
      ...Object.fromEntries(Object.keys(lead).map(name => [name, '***'])),
      uuid: lead.uuid,
      convertedAt: lead.convertedAt,
      values: { '*** 1': ['***'], '*** 2': ['***'] },
    },
  })
})

test('every member of a lead has its name, and why it was delivered is shown', () => {
  const { lead: shown } = z
    .object({ lead: z.record(z.string(), z.unknown()) })
    .parse(maskJobData({ lead: Object.fromEntries(Object.keys(registeredLead.shape).map(name => [name, 'x'])) }))
  expect(Object.keys(shown)).toEqual(Object.keys(registeredLead.shape))

  const cause = { deliveredFor: 'mark', markedAt: '2026-11-24T12:00:00Z' }
  expect(maskJobData({ lead: cause })).toEqual({ lead: cause })
  expect(maskJobData({ lead: { deliveredFor: 'Maria', markedAt: 'ontem' } })).toEqual({
    lead: { deliveredFor: '***', markedAt: '***' },
  })
})

test('of the job of a round its number and its opportunity are shown, and no member that is unknown', () => {
  const round = { v: 1, key: 'crm-0b9e1f', receivedAt: '2026-11-24T12:00:01Z', opportunityId: 'o-17', round: 2 }
  expect(maskJobData(round)).toEqual(round)
  expect(
    maskJobData({ v: 1, lead: { cf_apelido: 'Mariazinha', answers: ['Rua A, 10', 41999991234, 3, true, null] } }),
  ).toEqual({
    v: 1,
    lead: { '*** 1': '***', '*** 2': ['***', '***', '***', '***', null] },
  })
})

const quarantined = (body: string, more: object = {}) => ({
  v: 1,
  receivedAt: '2026-11-24T12:00:01Z',
  source: 'rd-station',
  body,
  encoding: 'utf8',
  form: false,
  ...more,
})

test('who corrected which fields of a job when is shown, and not what it held before', () => {
  const changes = [{ at: '2026-11-24T12:00:01.000Z', by: 'ana', fields: ['email', 'city'] }]
  const shown = maskJobData({ ...data, edited: { original: { email: lead.email, name: 'Maria' }, changes } })
  expect(shown).toMatchObject({ edited: { original: { email: '***', name: '***' }, changes } })

  const delivery = quarantined('{}', { edited: { original: { body: `{"name":"Maria"} ${lead.phone}` }, changes } })
  expect(maskJobData(delivery)).toEqual({ ...delivery, body: {}, edited: { original: { body: '***' }, changes } })
  // At another place the same words may be a person's.
  expect(maskJobData({ v: 1, lead: { changes: { by: 'Maria' } } })).toEqual({
    v: 1,
    lead: { '*** 1': { '*** 1': '***' } },
  })
})

test('a quarantined body shows the names that the sender gives as a tree, and nothing that a person typed', () => {
  const body = JSON.stringify({
    leads: [
      {
        id: '1',
        uuid: lead.uuid,
        name: 'Maria Souza',
        last_conversion: { content: { identificador: 'ebook', Telefone: '48 3025 2598', 'Seu nome?': 'Maria' } },
        conversion_payload: JSON.stringify({ 'Seu e-mail': 'maria@souza.com.br' }),
        custom_fields: { CPF: 12345678901, 'quer contato?': 'sim, maria@souza.com.br' },
      },
    ],
  })
  expect(maskJobData(quarantined(body))).toMatchObject({
    source: 'rd-station',
    body: {
      leads: [
        {
          id: '***',
          uuid: lead.uuid,
          name: '***',
          last_conversion: { content: { '*** 1': '***', '*** 2': '***', '*** 3': '***' } },
          custom_fields: { '*** 1': '***', '*** 2': '***' },
        },
      ],
    },
  })
})

test('a CRM webhook in quarantine keeps what its address said about it', () => {
  const body = { eventId: lead.uuid, trigger: { description: 'Opportunity won' }, source: { row: { id: lead.uuid } } }
  expect(maskJobData(quarantined(JSON.stringify(body), { source: 'totvs-crm' }))).toMatchObject({ body })
})

test.each([
  ['broken JSON', '{"leads":[{"name":"Maria Souza","email":"maria@souza.com.br","personal_phone":"48 3025', false],
  ['a form', 'leads=%5B%7B%22name%22%3A%22Maria+Souza%22%2C%22email%22%3A%22maria%40souza.com.br%22%7D%5D', true],
  ['a form without leads', 'nome=Maria+Souza&telefone=48+3025', true],
  ['plain text', 'A Maria Souza ligou do 48 3025, responder em maria@souza.com.br', false],
])('of %s in quarantine nothing is shown', (_kind, body, form) => {
  const shown = JSON.stringify(maskJobData(quarantined(body, { form })))
  expect(shown).not.toMatch(/maria(?!\*)|souza|3025/i)
  expect(personalWords(quarantined(body, { form }))).toBeDefined()
})

test('bytes that are no text are counted, not shown', () => {
  const body = Buffer.from([0xff, 0xfe, 0x41]).toString('base64')
  expect(maskJobData(quarantined(body, { encoding: 'base64' }))).toMatchObject({ body: '*** (3 bytes, not text)' })
})

test('the personal values of a job are found in its log and in its failure, however they are written', () => {
  const personal = personalWords(data)
  const line = 'lead MARIA SOUZA (padaria souza me, maria.souza@padaria-souza.com.br, (48) 3025-2598) already exists'
  expect(maskText(line, personal)).toBe('lead *** (***, m***@p***.br, ***98) already exists')
})

test.each([
  'rd-station POST /platform/events → 422 31 ms RD_REJECTED',
  'totvs-crm GET /api/v11/opportunity/opportunities/c2f3d2b3-7250-4d27-97f4-eef38be32f7f → 200 12 ms',
  'RD_SALE_VALUE_ABOVE_LIMIT: The value is above what RD Station accepts. (value=100000000.5, limit=99999999)',
  'waits until 2026-11-24 12:00:00',
  'waits until 2026-11-24T12:00:00.000Z',
  'a b c 12 34 56',
  'waits until 24.11.2026 12:00:00',
  'from 192.168.100.200 and 10.20.30.40:6379',
  'version 1.2.3, value=1234.56, 1.234.567,89',
])('nothing is taken out of "%s", which tells of nobody', line => {
  expect(maskText(line)).toBe(line)
})

test.each(['48 3025-2598', '(48) 99999-1234', '+55 48 999991234', '48999991234', '55 (48) 9 9999 1234'])(
  'the phone %s is taken out of a text',
  phone => {
    expect(maskText(`call ${phone} today`)).toMatch(/^call \*\*\*\d\d today$/)
  },
)

test('what a job returns is kept but for personal data', () => {
  const result = {
    outcome: 'done',
    summary: message('lead-created', { lead: 'Maria Souza' }),
    leadName: 'Maria Souza',
    soldValue: 10,
  }
  expect(maskResult(result, text => maskText(text, personalWords(data)))).toEqual({
    outcome: 'done',
    summary: message('lead-created', { lead: '***' }),
    leadName: '***',
    soldValue: 10,
  })
})

test('no e-mail survives in any text', () => {
  fc.assert(
    fc.property(fc.emailAddress(), fc.string(), fc.string(), (email, before, after) => {
      expect(maskEmails(`${before} ${email} ${after}`)).not.toContain(email)
    }),
  )
})

test('no text that a person typed survives in a quarantined body, whatever the keys', () => {
  const typed = fc.stringMatching(/^zq[a-z]{6}$/)
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^k[a-p_]{0,9}$/), fc.oneof(typed, fc.array(typed))), body => {
      expect(JSON.stringify(maskJobData(quarantined(JSON.stringify(body))))).not.toContain('zq')
      expect(JSON.stringify(maskJobData(quarantined(JSON.stringify(body).slice(0, -1))))).not.toContain('zq')
    }),
  )
})

test.each([
  ['a body nested a hundred thousand deep', `${'['.repeat(100_000)}"maria"${']'.repeat(100_000)}`],
  [
    'a document in a document in a document',
    Array.from({ length: 12 }).reduce<string>(text => JSON.stringify([text]), 'maria'),
  ],
  ['a word of a megabyte', JSON.stringify({ nome: 'm'.repeat(1_000_000), id: 'a'.repeat(1_000_000) })],
  [
    'words of combining marks',
    JSON.stringify({ nome: `maria ${'\u0301\u0316'.repeat(15_000)}`, id: `b${'\u0301\u0316'.repeat(15_000)}` }),
  ],
  ['a thousand names', JSON.stringify(Array.from({ length: 1000 }, (_, index) => ({ nome: `maria ${index}` })))],
])('%s is shown in no time and without what it holds', (_kind, body) => {
  // This thread's own time, so that other work on the machine does not count.
  const start = process.threadCpuUsage()
  expect(JSON.stringify(maskJobData(quarantined(body)))).not.toContain('maria')
  maskText(`${'x'.repeat(5000)} a${'\u0301\u0316'.repeat(5000)}`, personalWords(quarantined(body)))
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(500)
})

test('one word of a name is enough to be masked, however it is written', () => {
  const lead = { name: 'José Antônio Peçanha', email: 'jose.antonio@pecanha.com.br', mobilePhone: '(34) 99000-0001' }
  const personal = personalWords({ v: 1, lead })
  for (const text of [
    'PECANHA already exists',
    'convite-antonio-2026',
    'wa.me/5534990000001',
    'jose.antonio%40pecanha.com.br and Jos%C3%A9',
    'ends with 0001 or 99000',
    'joseantoniopecanha',
  ])
    expect(maskText(text, personal)).not.toMatch(/jos[eé]|ant[oô]nio|pecanha|0001|99000/i)
})

test('to a viewer the words of another system are masked, whoever they are about, and Ponte says what it always says', () => {
  expect(maskForeignWords('CRM_REJECTED: TOTVS CRM refused the data. (status=422)')).toBe(
    'CRM_REJECTED: TOTVS CRM refused the data. (status=422)',
  )
  expect(maskForeignWords('2026-01-02T03:04:05.000Z a próxima rodada começa em 2026-11-24T12:00:00.000Z')).toBe(
    '2026-01-02T03:04:05.000Z a próxima rodada começa em 2026-11-24T12:00:00.000Z',
  )
  expect(maskForeignWords('CRM_REJECTED: Sra. Soropositiva, m***@p***.br, ***34 is the owner')).toBe(
    'CRM_REJECTED: *** is the owner',
  )
})

test.each([
  '123.456.789-09',
  '12.345.678/0001-95',
  '11.98765.4321',
  '11 98765.4321',
  '(11)98765.4321',
  '+55.11.98765.4321',
])('the number %s of a person or a company is taken out of a text, wherever it stands', number => {
  for (const text of [`call ${number} today`, `cpf=${number}, ok`, `tel:${number}`, `(${number})`])
    expect(maskText(text)).not.toMatch(/\d{3}/)
})

/** Names without words of Ponte's own texts. Those words are shown even if a person is called so. */
const letters = fc.stringMatching(/^[A-Za-zÀ-ÖØ-Þà-öø-ÿ]{3,12}$/).filter(word => !foldedWords(word).some(isOwnWord))
const spelling = {
  name: [
    (text: string) => text,
    (text: string) => text.toUpperCase(),
    (text: string) => text.normalize('NFD'),
    (text: string) => text.replaceAll(' ', '-').toLowerCase(),
  ],
  phone: [
    (text: string) => text,
    (text: string) => `+55${text}`,
    (text: string) => text.replace(/^(..)(.*)(....)$/, '($1) $2-$3'),
    (text: string) => text.replace(/^(..)(.*)(....)$/, '$1.$2.$3'),
  ],
  email: [(text: string) => text, (text: string) => text.toUpperCase(), (text: string) => encodeURIComponent(text)],
} as const

test('the e-mail, phone and name that a job gives survive in no text of it', () => {
  fc.assert(
    fc.property(
      fc.record({
        name: fc.tuple(letters, letters).map(words => words.join(' ')),
        email: fc.stringMatching(/^[a-z]{3,9}[.+_-][a-z]{3,9}@[a-z]{3,9}\.example$/),
        phone: fc.stringMatching(/^[1-9]{2}9[0-9]{8}$/),
      }),
      fc.constantFrom(...spelling.name),
      fc.constantFrom(...spelling.phone),
      fc.constantFrom(...spelling.email),
      fc.constantFrom(' ', ': ', '=', '/', '"', ' (', '\n'),
      (person, spellName, spellPhone, spellEmail, between) => {
        const personal = personalWords({ v: 1, lead: person })
        const written = [spellName(person.name), spellPhone(person.phone), spellEmail(person.email)]
        const masked = maskText(`x${between}${written.join(`${between}and${between}`)}${between}y`, personal)
        for (const text of [...written, ...Object.values(person)]) expect(masked).not.toContain(text)
        expect(masked.replaceAll(/\D/g, '')).not.toContain(person.phone)
      },
    ),
  )
})
