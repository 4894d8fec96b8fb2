import { Failure, jobs, type JobData, type Language, type Message, messages } from '@ponte/contracts'
import { createRecordedPersons } from '@ponte/state'
import { type LeadPreview, previewedInShort, previewInWords, previewLead } from '@ponte/registration'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { openRecordedLeads } from '../testing/recorded-leads.ts'

/** Earlier events did it, so a preview may say it, too. */
const earlier = (
  [
    'opportunity-opened-before',
    'opportunity-found-open',
    'opportunity-before-undated',
    'opportunity-of-person-open',
  ] as const
).map(key => messages[key])

/** What a sentence says was done: `created`, and neither `would be created` nor `not created`. */
const doneIn = {
  en: /(?<!\b(?:would be|not|would not be|is|nothing|neither) )\b(?:written|sent|created|updated|opened|enqueued|recorded)\b/i,
  'pt-BR':
    /(?<!(?:^|[^\p{L}])(?:seria|seriam|não|está|é|uma) )(?<!\p{L})(?:escrit|enviad|criad|atualizad|abert|gravad|registrad)[oa]s?(?!\p{L})/iu,
} as const
const claims = (text: string, language: Language): boolean =>
  doneIn[language].test(earlier.reduce((rest, { en, pt }) => rest.replaceAll(language === 'en' ? en : pt, ''), text))

test('no text of a preview says that something was done', () => {
  const ofPreviews = Object.entries(messages).filter(([key]) => key.startsWith('preview-'))
  expect(ofPreviews.length).toBeGreaterThan(20)
  for (const [key, { en, pt }] of ofPreviews) {
    expect(claims(en, 'en'), key).toBe(false)
    expect(claims(pt, 'pt-BR'), key).toBe(false)
  }
})

/** What a run says that it did, and what a preview says of the same decision. What stands on both sides is no act. */
const otherTense: Readonly<Record<string, string>> = {
  'lead-created': 'preview-lead-new',
  'lead-updated': 'preview-lead-known',
  'lead-unchanged': 'preview-lead-known',
  'lead-kept': 'preview-lead-kept',
  'opportunity-opened': 'preview-opportunity-opened',
}
const inOtherTense = ({ key }: Message): string => otherTense[key] ?? key
const ofRoute = new Set(['routed-by-rule'])
/** A preview has rows and facts for these; of a lead that is not sent, for the filter that let it through as well. */
const factsOf = (outcome: LeadPreview['outcome']): ReadonlySet<string> =>
  new Set(['fields-written', ...ofRoute, ...(outcome === 'skipped' ? ['lead-sent-by-rule', 'lead-sent-untold'] : [])])

/** What the preview says of the decisions: that nothing would be opened by its reason alone, as a run does. */
const decidedBy = (preview: LeadPreview): readonly string[] =>
  previewedInShort(preview).flatMap(({ key, values }) => {
    if (/^preview-(?:outcome|no-route)/.test(key) || ofRoute.has(key)) return []
    const reason = values?.['reason']
    return key === 'preview-opportunity-held-up' && typeof reason === 'object' && 'key' in reason ? reason.key : key
  })

// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const route = (name: string, state: string, then: object) => ({ name, when: { state }, then })
const settings = {
  filters: {
    skip: [{ name: 'rj', when: { state: 'RJ' } }],
    send: [
      { name: 'web', when: { identifier: 'web*' } },
      { name: 'vip', when: { tag: 'vip' } },
    ],
  },
  routes: [route('sul', 'SC', { type: 'opportunityType' }), route('norte', 'AM', { pipeline: 'Norte' })],
  fields: [{ name: 'origem', from: 'conversion.identifier', to: 'lead.customFields.origem' }],
}
const people = [
  { uuid: 'u-1', email: 'um@cliente.example' },
  { uuid: 'u-2', mobilePhone: '48 99999-4321' },
  {},
] as const
const deliveries = fc.array(
  fc.record({
    person: fc.constantFrom(...people, people[0]),
    state: fc.constantFrom('SP', 'RJ', 'SC', 'AM'),
    conversionIdentifier: fc.constantFrom('webinar', 'web-2', 'outro'),
    tags: fc.constantFrom(undefined, [], ['vip']),
    day: fc.integer({ min: 1, max: 4 }),
    city: fc.constantFrom('Lages', 'x'.repeat(300)),
    repeats: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
)

/** All that a page or a terminal shows of a preview, but the values of the lead. */
function sentencesOf(preview: LeadPreview, language: Language): readonly string[] {
  const { title, warnings, facts, rows, notes } = previewInWords(preview, language)
  return [
    ...[title, ...warnings, ...(notes?.texts ?? [])],
    ...facts.flatMap(({ label, texts, why = '' }) => [label, ...texts, why]),
    ...rows.map(({ result }) => result),
  ]
}

test('a preview says what the run then does, in the other tense', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(deliveries, async all => {
      const leads = openRecordedLeads(inject('redisUrl'), settings)
      try {
        const { redis, tenant, fingerprint } = leads.connection
        const readRecorded = createRecordedPersons(redis, tenant.name, fingerprint)
        for (const [index, { person, day, tags, repeats, ...more }] of all.entries()) {
          const lead = {
            ...person,
            ...more,
            convertedAt: `2026-01-0${day}T12:00:00.000Z`,
            ...(tags && { values: { tags } }),
          }
          const data: JobData<'lead.registered'> = jobs['lead.registered'].data.parse({
            ...{ v: 1, key: `key-${repeats ? 0 : index}`, receivedAt: new Date().toISOString(), lead },
          })
          const preview = await previewLead(data, { settings: tenant.settings, openCrm: () => leads.crm, readRecorded })
          for (const language of ['en', 'pt-BR'] as const)
            expect(sentencesOf(preview, language).filter(each => claims(each, language))).toEqual([])
          const result = await leads.run(data)
          const done =
            result instanceof Failure ? [{ key: result.code }] : result instanceof Error ? [] : [result.summary].flat()
          const decided = done.filter(({ key }) => !factsOf(preview.outcome).has(key)).map(inOtherTense)
          expect(decidedBy(preview).toSorted()).toEqual(decided.toSorted())
          for (const { key } of done) seen.add(key)
        }
      } finally {
        leads.close()
      }
    }),
    { numRuns: inject('isLongRun') ? 300 : 40 },
  )
  expect([...seen]).toEqual(
    expect.arrayContaining(['lead-created', 'lead-updated', 'opportunity-opened', 'lead-skipped-by-rule']),
  )
})
