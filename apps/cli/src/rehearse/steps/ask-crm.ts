import { type CrmResource, Failure, isRecord, type TenantSettings } from '@ponte/contracts'
import { isBrokenBy } from '../facts.ts'
import type { Systems } from '../context.ts'
import type { FactReport } from '../fact-report.ts'
import { breachIn, refusalIn } from '../stops.ts'

/** No CRM has it: the answer shows what an error looks like. */
const nowhere: CrmResource = { service: 'ponte', resource: 'ponte-rehearsal', version: 'v1' }

const kinds = ['lead', 'opportunity', 'user', 'pipeline', 'stage', 'opportunityType'] as const

interface CrmQuestions extends Pick<Systems, 'crm' | 'lastAnswer'> {
  readonly logIn: () => Promise<unknown>
  readonly settings: TenantSettings['totvsCrm']
  readonly report: FactReport
}

/** The facts that only need reading. Throws StoppedError when nothing else can be asked. */
export async function askCrm({ logIn, crm, lastAnswer, settings, report }: CrmQuestions): Promise<void> {
  const { resources } = settings
  await askLogin(logIn, report)

  const refused: { kind: string; status: unknown }[] = []
  const forms = new Set<string>()
  for (const kind of kinds) {
    try {
      await crm.pageOf(resources[kind], { number: 1, size: 1 })
      forms.add(formOf(lastAnswer()?.body))
    } catch (error) {
      const { code, context } = refusalIn(error)
      if (isBrokenBy('crm-list-form', code))
        await report.require('crm-list-form', false, { members: membersOf(lastAnswer()?.body) })
      refused.push({ kind, status: context['status'] })
    }
  }
  const [first] = refused
  await report.require('crm-integration-path', refused.length < kinds.length, { status: first?.status ?? 200 })
  await report.answer('crm-list-form', true, { forms: [...forms] })
  const details = first === undefined ? { kinds: kinds.length } : { refused }
  await report.require('crm-resources', first === undefined, details)

  await askPaging({ crm, settings, report })
  await askError({ crm, lastAnswer, report })
}

async function askLogin(logIn: () => Promise<unknown>, report: FactReport): Promise<void> {
  try {
    await logIn()
  } catch (error) {
    // A user that is refused, or a CRM that is down, says nothing about the login itself.
    await report.require('crm-login', false, { status: breachIn(error, 'crm-login').context['status'] })
  }
  await report.answer('crm-login', true, { cookie: 'JSESSIONID' })
}

/** Two pages of one record each, of the first list that has two records. */
async function askPaging({ crm, settings, report }: Pick<CrmQuestions, 'crm' | 'settings' | 'report'>): Promise<void> {
  for (const kind of ['stage', 'user', 'opportunityType', 'pipeline', 'lead'] as const) {
    const [first, second] = [
      await crm.pageOf(settings.resources[kind], { number: 1, size: 1 }),
      await crm.pageOf(settings.resources[kind], { number: 2, size: 1 }),
    ]
    if (first.length <= 1 && second.length === 0) continue
    const isObeyed = first.length === 1 && second.length === 1 && idOf(first[0]) !== idOf(second[0])
    await report.answer('crm-paging', isObeyed, { records: [first.length, second.length] })
    return
  }
}

async function askError({
  crm,
  lastAnswer,
  report,
}: Pick<CrmQuestions, 'crm' | 'lastAnswer' | 'report'>): Promise<void> {
  try {
    await crm.pageOf(nowhere, { number: 1, size: 1 })
  } catch (error) {
    const answer = lastAnswer()
    if (!(error instanceof Failure) || answer === undefined || answer.status < 400) throw error
    const members = membersOf(answer.body)
    const names = members.map(name => name.toLowerCase())
    await report.answer('crm-error-body', names.includes('code') && names.includes('message'), {
      status: answer.status,
      members,
    })
  }
}

export const formOf = (body: unknown): string => (Array.isArray(body) ? 'list' : membersOf(body).join(','))

/** Names only, and not too many of them. */
const membersOf = (body: unknown): readonly string[] =>
  isRecord(body)
    ? Object.keys(body)
        .filter(name => /^\w{1,40}$/.test(name))
        .slice(0, 12)
    : []

const idOf = (record: unknown): unknown => (isRecord(record) ? record['id'] : record)
