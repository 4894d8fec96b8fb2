import {
  appendMessages,
  failures,
  failureSentence,
  failureTitle,
  type Language,
  type QuarantinedDelivery,
  renderMessage,
} from '@ponte/contracts'
import { parseQuarantined } from '@ponte/webhooks'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureDetails } from '../failures/vendor-answers.ts'
import { maskedContact } from './masked-contact.ts'

const settings = {
  ...{ leadFields: {}, fields: [], filters: { send: [], skip: [] }, routes: [] },
  rdStation: { acceptSyntheticConversions: false },
}
const operator = { name: 'ana', role: 'operator' } as const

/** Fields in which Ponte looks for no e-mail of the lead, and one in which it does. */
const fields = fc.constantFrom('Contato principal', 'cf_mail_2', 'observacoes', 'owner', 'user', 'responsible_user')
const email = fc.constantFrom('pessoa@cliente.example', 'PESSOA@Cliente.Example ', 'p.e+s@sub.cliente.example')
const value = fc.oneof(
  email,
  email.map(one => `Fale com ${one}, à tarde`),
  email.map(one => [one]),
  email.map(one => ({ email_1: one })),
  fc.constantFrom('sem arroba', 'a@b', '', 5),
)
const people = fc.record(
  { email: fc.constantFrom('a..b@cliente.example', 'pessoa@', 'null'), name: fc.constantFrom('Maria', 'a@b.example') },
  { requiredKeys: [] },
)
const lead = fc
  .tuple(people, fc.dictionary(fields, value, { maxKeys: 3 }), fc.dictionary(fields, value, { maxKeys: 3 }))
  .map(([person, top, custom]) => ({ lead_stage: 'Lead', ...person, ...top, custom_fields: custom }))
const body = fc.oneof(
  lead.map(one => ({ leads: [one] })),
  lead.map(contact => ({ event_type: 'WEBHOOK.CONVERTED', contact })),
)

/** Whatever pages, commands and answers say of a failure: its title, what is behind it, and the sentence of its code. */
function sentencesOf(delivery: QuarantinedDelivery, language: Language): readonly string[] {
  return parseQuarantined(delivery, settings).quarantined.flatMap(({ code, issues }) => {
    const reason = appendMessages(`${code}: ${failures[code].en.happened}`, issues)
    const details = failureDetails([reason], code, text => text)
    const { title, raw } = failureTitle({ code, details }, language)
    return [title, ...raw, failureSentence(code, language), ...issues.map(issue => renderMessage(issue, language))]
  })
}

/** That there is no e-mail, without a word of the fields in which Ponte looks for one. */
const saysThatThereIsNone = (sentence: string): boolean =>
  /(?:\bno\b|neither|without|não tem|nenhum|\bsem\b|falta)[^;]*e-mail/i.test(sentence) &&
  !/field that Ponte (?:reads|does not read)|campo que o Ponte (?:lê|não lê)/i.test(sentence)

test('beside an e-mail of a delivery that nobody could be reached by, nothing says that the lead has none', () => {
  let shown = 0
  fc.assert(
    fc.property(body, sent => {
      const delivery: QuarantinedDelivery = {
        ...{ v: 1, receivedAt: '2026-03-05T12:00:01.000Z', source: 'rd-station', encoding: 'utf8', form: false },
        body: JSON.stringify(sent),
      }
      for (const language of ['en', 'pt-BR'] as const) {
        const contact = maskedContact({ data: delivery }, language, operator)
        if (!contact.includes('***@')) continue
        shown += 1
        expect(sentencesOf(delivery, language).filter(saysThatThereIsNone), contact).toEqual([])
      }
    }),
    { numRuns: 500 },
  )
  expect(shown).toBeGreaterThan(100)
})
