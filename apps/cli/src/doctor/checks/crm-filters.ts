import { randomUUID } from 'node:crypto'
import { filterOf, type TotvsCrmClient } from '@ponte/clients'
import { runCheck, type CheckResult, passed, skipped, failed } from './check-result.ts'

const CHECK = 'crm-filters'

/** The fields by which leads and opportunities are looked up, each with a value that no record has. */
const questions: readonly { resource: 'lead' | 'opportunity'; field: string; value: () => string }[] = [
  { resource: 'lead', field: 'externalId', value: () => `rd:${randomUUID()}` },
  { resource: 'lead', field: 'emails.email', value: () => `${randomUUID()}@ponte.invalid` },
  { resource: 'lead', field: 'phones.number', value: () => randomUUID() },
  { resource: 'opportunity', field: 'leadId', value: () => randomUUID() },
]

/**
 * Does TOTVS CRM apply filters? If not, every lookup returns all records; with more than 10,000, Ponte cannot know whether a person has a
 * lead and creates none.
 */
export async function checkFilters(
  crm: TotvsCrmClient,
  before: readonly CheckResult[],
): Promise<readonly CheckResult[]> {
  const unread = before.find(({ check, status }) => check === 'crm-leads' && status !== 'ok')
  if (unread !== undefined) return skipped([CHECK], unread.check)
  const found: CheckResult[] = []
  for (const { resource, field, value } of questions) {
    const facts = { setting: `totvsCrm.resources.${resource}`, field }
    const results = await runCheck(CHECK, facts, async () => {
      const filter = filterOf({ field, op: field === 'emails.email' ? 'ieq' : 'eq', value: value() })
      const answer = filter === undefined ? 'none' : await crm.matchesOf(resource, filter)
      if (answer === 'none') return []
      return [failed(CHECK, answer === 'some' ? 'CRM_FILTER_IGNORED' : 'CRM_LIST_INCOMPLETE', facts)]
    })
    found.push(...results)
  }
  return found.length === 0 ? [passed(CHECK)] : found.slice(0, 1)
}
