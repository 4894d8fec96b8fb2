import { type CrmLead, crmLead, type CrmVariables, leadFields, mapFields, type RegisteredLead } from '@ponte/contracts'
import fc from 'fast-check'
import { type Decision, notesOf } from '../decision.ts'

/** For tests: the result of a mapper, with the notes of the timeline. */
export const withNotes = <Result extends { readonly decisions: readonly Decision[] }>(result: Result) => ({
  ...result,
  notes: notesOf(result.decisions),
})

/** For tests: a tenant without rules. */
export const withoutRules = { fields: [], codec: 'map', updates: {} } as const

/** For tests: the variables of a tenant. */
export const variables: CrmVariables = {
  totvs_crm_leadsituationid: 'situation-active',
  totvs_crm_leadoriginid: 'origin-rd',
  totvs_crm_emailtypeid: 'email-main',
  totvs_crm_phonetypeid_main: 'phone-main',
  totvs_crm_phonetypeid_mobile: 'phone-mobile',
  totvs_crm_addresstypeid: 'address-main',
  totvs_crm_oportunity_stage: 'Abordagem e Investigação',
  totvs_crm_oportunity_type: 'Integração RD Station',
  totvs_crm_pipeline: 'MQL - Marketing Qualified Lead',
  totvs_crm_default_user: 'vendas@acme.example',
}

const text = fc.oneof(
  fc.constantFrom('Ana', 'São Paulo', 'SP', 'x'.repeat(255)),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'grapheme-composite', minLength: 200, maxLength: 400 }),
)
const emails = ['ana@x.example', 'ANA@x.example', 'bia@x.example', 'caio@x.example'] as const
const phones = ['34990000000', '+55 (34) 99000-0000', '(34) 3222-0000', '+55 55 99111-0000', 'ramal', '1'] as const
const email = fc.constantFrom(...emails)
const phone = fc.oneof(fc.constantFrom(...phones), fc.constant('9'.repeat(256)))
const url = fc.oneof(
  fc.constantFrom('https://x.example', 'https://y.example'),
  fc.constant(`https://${'z'.repeat(255)}`),
)

const valuesOf = { text, link: url, email: email.map(value => value.toLowerCase()), phone }

/** For tests: a lead as the parser gives it, each field there or not, some too long. */
export const registeredLeads: fc.Arbitrary<RegisteredLead> = fc.record(
  {
    uuid: fc.oneof(fc.uuid(), fc.constantFrom('acentuação', 'u'.repeat(201))),
    ...mapFields(field => valuesOf[leadFields[field].kind]),
  },
  { requiredKeys: [] },
)

const flag = fc.constantFrom(true, false, undefined, null)
const entry = <Members extends Record<string, unknown>>(members: {
  [Key in keyof Members]: fc.Arbitrary<Members[Key]>
}) => fc.record({ ...members, id: fc.uuid(), remark: fc.constantFrom('keep', null) })

/** For tests: a lead as TOTVS CRM may have it, with members that Ponte does not know. */
export const crmLeads: fc.Arbitrary<CrmLead> = fc
  .record(
    {
      id: fc.uuid(),
      name: text,
      tradingName: fc.oneof(text, fc.constant(null)),
      jobTitle: text,
      website: url,
      facebook: url,
      externalId: fc.oneof(
        fc.uuid().map(uuid => `rd:${uuid}`),
        fc.constantFrom('erp-61', ''),
      ),
      leadSituationId: fc.constant('situation-won'),
      userId: fc.constant('user-of-the-crm'),
      emails: fc.array(entry({ email, emailTypeId: fc.constantFrom('email-main', 'email-other', 7), standard: flag })),
      phones: fc.array(
        entry({
          number: fc.constantFrom(...phones),
          phoneTypeId: fc.constantFrom('phone-main', 'phone-mobile', 'phone-fax', undefined),
          standard: flag,
        }),
      ),
      addresses: fc.array(
        entry({
          addressType: fc.constantFrom({ id: 'address-main', description: 'Principal' }, { id: 'address-other' }, null),
          cityName: fc.oneof(text, fc.constant(null)),
          stateName: fc.oneof(text, fc.constant(null)),
        }),
        { maxLength: 3 },
      ),
      segment: fc.constant('unknown to Ponte'),
    },
    { requiredKeys: ['id'] },
  )
  .map(raw => crmLead.parse(raw))
