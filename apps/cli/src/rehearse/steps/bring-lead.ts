import { filterOf } from '@ponte/clients'
import {
  type CrmLead,
  isBlank,
  isRecord,
  leadField,
  memberOf,
  phoneDigits,
  type RegisteredLead,
} from '@ponte/contracts'
import { findLeads, isOwnLead } from '../belongings.ts'
import type { Rehearsal } from '../context.ts'
import { isBrokenBy } from '../facts.ts'
import { countsOf, type FactReport } from '../fact-report.ts'
import { nothingCame, StoppedError } from '../stops.ts'
import { convert, type Converted, personOf, testPerson, judgeConversion, otherJobTitle } from './convert.ts'

/** Changes with every write. */
const volatile = ['updatedAt']

/** One field changes in RD Station: after the next conversion the lead has it, and everything else that it had. */
export async function changeField(run: Rehearsal): Promise<void> {
  const { rd, state, report } = run
  if (state.contact === undefined || state.lead === undefined) throw nothingCame('record')
  const { lead } = state
  const before = await run.readRecord('lead', lead)
  await rd.changeContact(state.contact, { job_title: otherJobTitle })
  await convert(run, { job_title: otherJobTitle })
  const after = await run.readRecord('lead', lead)
  if (before === undefined || after === undefined) throw nothingCame('record')

  const names = Object.keys(before).filter(name => !volatile.includes(name) && !isBlank(before[name]))
  const changed = names.filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  const lost = names.filter(name => isBlank(after[name]))
  if (changed.length === 0) {
    report.skip('not-changed', 'crm-update-partial')
    return
  }
  // Where it does not hold nothing may be updated any more: each update would take more away.
  await report.require('crm-update-partial', lost.length === 0, countsOf(names.length, lost))
}

/** A contact is made by a conversion, Ponte brings it over, and the lead is read back field by field. */
export async function bringLead(run: Rehearsal): Promise<void> {
  const { report } = run
  const converted = await convert(run, personOf(run)).catch(async (error: unknown) => {
    // The lead was made, and Ponte could not read the answer.
    const code = error instanceof StoppedError && 'code' in error.stop ? error.stop.code : undefined
    if (!isBrokenBy('crm-create-answer', code)) throw error
    await report.require('crm-create-answer', false, { code })
    throw error
  })
  await judgeDeliveries(converted, run)
  await judgeConversion(converted, run)

  const lead = (await findLeads(run)).find(isOwnLead(run))
  if (lead === undefined) throw nothingCame('record')
  await run.save({ lead: lead.id })
  await judgeLead(lead, converted, run)
  await judgeFilters(lead, run)
}

async function judgeDeliveries({ leads }: Converted, run: Rehearsal): Promise<void> {
  const { report } = run
  const shapes = leads.flatMap(({ rehearsal }) => rehearsal ?? [])
  const [v1, v2] = [shapes.find(({ format }) => format === 'v1'), shapes.find(({ format }) => format === 'v2')]
  if (v2 === undefined) report.skip('only-api-2', 'rd-webhook-fields')
  else {
    // API 2 shows neither the company, without a relation, nor the state, which its members do not have.
    const { state: _, company_name: __, available_for_mailing: ___, legal_bases: ____, ...fields } = personOf(run)
    const lost = Object.keys(fields).filter(name => !v2.members.includes(name))
    await report.answer('rd-webhook-fields', lost.length === 0, countsOf(Object.keys(fields).length, lost))
  }
  if (v1 === undefined) {
    report.skip('only-api-1', 'rd-legal-bases', 'rd-contact-page')
    return
  }
  await report.answer('rd-legal-bases', v1.legalBases > 0, { found: v1.legalBases })
  if (v1.publicUrl === 'absent') report.skip('no-public-url', 'rd-contact-page')
  else await report.answer('rd-contact-page', v1.publicUrl === 'expected')
}

/** Members that every lead of Ponte has. */
const always = ['externalId', 'leadSituationId', 'leadOriginId', 'type', 'userId'] as const
const texts: ReadonlySet<string> = new Set(['jobTitle', 'website', 'facebook', 'linkedin'])

/** Compares the lead with the delivery that was carried out: another one of the same conversion may hold more. */
export async function judgeLead(
  { asStored }: Pick<CrmLead, 'asStored'>,
  { lead: sent }: Pick<Converted, 'lead'>,
  { report, tenant }: { report: Pick<FactReport, 'answer'>; tenant: { settings: { fields: readonly unknown[] } } },
): Promise<void> {
  const isShown = (member: string, expected: string | undefined): boolean => {
    const value = asStored[member]
    // A rule of the tenant may have written something else.
    return tenant.settings.fields.length > 0 || expected === undefined ? !isBlank(value) : value === expected
  }
  const judge = async (id: 'crm-lead-members' | 'crm-lead-texts', members: readonly (readonly [string, boolean])[]) => {
    const lost = members.filter(([, shown]) => !shown).map(([name]) => name)
    await report.answer(id, lost.length === 0, countsOf(members.length, lost))
  }
  await judge('crm-lead-members', [
    ...always.map(member => [member, !isBlank(asStored[member])] as const),
    ['name', isShown('name', sent.name)],
    ...(sent.company === undefined ? [] : [['tradingName', isShown('tradingName', sent.company)] as const]),
    ['emails', hasIn(asStored['emails'], 'email', sent.email)],
    ...phonesOf(sent).map(phone => ['phones', hasDigits(asStored['phones'], phone)] as const),
    ...(sent.city === undefined ? [] : [['addresses', hasIn(asStored['addresses'], 'cityName', sent.city)] as const]),
  ])
  const written = leadField.options.flatMap(field => {
    const expected = sent[field]
    return expected === undefined || !texts.has(memberOf(field)) ? [] : [[memberOf(field), expected] as const]
  })
  await judge(
    'crm-lead-texts',
    written.map(([member, expected]) => [member, isShown(member, expected)] as const),
  )
}

const phonesOf = ({ phone, mobilePhone }: Partial<RegisteredLead>): readonly string[] =>
  [phone, mobilePhone].flatMap(each => each ?? [])

const entriesOf = (list: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(list) ? list.filter(isRecord) : []

const hasIn = (list: unknown, member: string, expected: string | undefined): boolean =>
  entriesOf(list).some(entry => String(entry[member]).toLowerCase() === expected?.toLowerCase())

const hasDigits = (list: unknown, phone: string): boolean =>
  entriesOf(list).some(({ number }) => phoneDigits(String(number)) === phoneDigits(phone))

/** A filter must find the lead by a member inside a list, and must not find it by what it does not hold. */
async function judgeFilters(lead: CrmLead, run: Rehearsal): Promise<void> {
  const { report, email, unknownEmail, crm, tenant } = run
  const find = async (field: string, value: string, op: 'eq' | 'ieq'): Promise<readonly string[] | undefined> => {
    const filter = filterOf({ field, op, value })
    if (filter === undefined) return undefined
    // A CRM that does not know the member may refuse the filter.
    const items = await crm
      .pageOf(tenant.settings.totvsCrm.resources.lead, { number: 1, size: 50, filter })
      .catch(() => undefined)
    return items?.filter(isRecord).map(item => String(item['id']))
  }
  const found = await find('emails.email', email, 'ieq')
  const others = await find('emails.email', unknownEmail, 'ieq')
  const isFound = found?.includes(lead.id) === true
  await report.answer('crm-filters-in-lists', isFound && others?.length === 0, {
    found: found?.length ?? null,
    notMatching: others?.length ?? null,
  })
  const [phone] = entriesOf(lead.asStored['phones'])
  if (phone === undefined || !isFound || others?.length !== 0) return
  const isAsWritten = Object.values(testPerson).includes(String(phone['number']))
  const byPhone = await find('phones.number', String(phone['number']), 'eq')
  await report.answer('crm-phone-spelling', isAsWritten && byPhone?.includes(lead.id) === true, {
    asWritten: isAsWritten,
    found: byPhone?.length ?? null,
  })
}
