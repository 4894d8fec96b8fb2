import type { CrmOpportunityState, RdContactState } from '@ponte/testbed'
import type { Evidence } from './evidence.ts'
import { allMarks, areExplained, type Standing, type Mark } from './explain-marks.ts'
import { findOwnRecords } from './own-records.ts'
import type { Person } from '../plan/people.ts'
import { SALE_LIMIT } from '../plan/scenarios.ts'

/** Each contact of RD Station was told what became of its opportunity: every change that was seen once, nothing else. */
export function checkMarks(evidence: Evidence): string[] {
  const contactOf = new Map(evidence.contacts.map(contact => [contact.uuid, contact]))
  const lastHeard = lastHeardOf(evidence)

  return [
    ...evidence.droppedMarks.map(({ type, why, email }) => `RD Station dropped a ${type} of ${email}: ${why}`),
    ...evidence.people.flatMap(person => {
      const contact = contactOf.get(person.uuid)
      if (contact === undefined) return [`person ${person.number}: the contact is gone`]
      const chronicles = findOwnRecords(person, evidence).opportunities.map(opportunity =>
        toChronicle(opportunity, evidence, lastHeard),
      )
      const problems = person.email === undefined ? checkUnmarked(contact) : checks[person.kind](chronicles, contact)
      return problems.map(problem => `person ${person.number} (${person.kind}): ${problem}`)
    }),
  ]
}

interface OpportunityChronicle {
  readonly opportunity: CrmOpportunityState
  readonly standings: readonly Standing[]
  readonly mustHaveRead: number
}

/** Of each opportunity: when the last webhook happened that was acknowledged. */
function lastHeardOf({ webhooks }: Evidence): Map<string, number> {
  const heard = new Map<string, number>()
  for (const { state, body, createdAt } of webhooks) {
    const id = rowOf(body)
    if (state === 'delivered' && id !== undefined) heard.set(id, Math.max(heard.get(id) ?? 0, Date.parse(createdAt)))
  }
  return heard
}

function rowOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('source' in body)) return undefined
  const { source } = body
  if (typeof source !== 'object' || source === null || !('row' in source)) return undefined
  const { row } = source
  return typeof row === 'object' && row !== null && 'id' in row ? String(row.id) : undefined
}

/** A webhook is written down right after the change that it tells of, sometimes within the same millisecond. */
const SAME_MOMENT_MS = 2

function toChronicle(
  opportunity: CrmOpportunityState,
  { stands }: Evidence,
  lastHeard: ReadonlyMap<string, number>,
): OpportunityChronicle {
  const own = stands.filter(({ opportunityId }) => opportunityId === opportunity.id)
  const entered = { at: opportunity.createdAt, status: 'PROGRESS', value: null, reason: null } as const
  const all = [entered, ...own.filter(({ at }) => at !== opportunity.createdAt)]
  const heardAt = lastHeard.get(opportunity.id)
  return {
    opportunity,
    standings: all.map(toStanding),
    mustHaveRead:
      heardAt === undefined ? -1 : all.findLastIndex(({ at }) => Date.parse(at) <= heardAt + SAME_MOMENT_MS),
  }
}

function toStanding({
  status,
  value,
  reason,
}: Pick<Evidence['stands'][number], 'status' | 'value' | 'reason'>): Standing {
  if (status === 'WON') return { status: 'won', value: value ?? 0 }
  if (status === 'LOST') return { status: 'lost', reason: reason ?? '' }
  return { status: 'open' }
}

type Check = (chronicles: readonly OpportunityChronicle[], contact: RdContactState) => string[]

/** RD Station marks by e-mail. */
const checkUnmarked = ({ marks }: RdContactState): string[] =>
  marks.length === 0 ? [] : ['was marked without an e-mail']

/** Every change was seen: the marks are exactly these. Only the last change may be one that Ponte never heard of. */
const checkEveryChange: Check = (chronicles, contact) => {
  const told = toldOf(contact)
  const last = chronicles.at(-1)
  const earlier = chronicles.slice(0, -1).flatMap(({ standings }) => allMarks(standings, standings.length - 1))
  const possible = (last?.standings ?? [undefined]).flatMap((_, index) => {
    if (last === undefined) return [earlier]
    const heardOf = last.mustHaveRead === -1 ? [earlier] : []
    return index < last.mustHaveRead ? [] : [...heardOf, [...earlier, ...allMarks(last.standings, index)]]
  })
  return possible.some(marks => JSON.stringify(marks) === JSON.stringify(told))
    ? checkFunnel(contact)
    : [`was told ${describe(told)} instead of ${describe(possible.at(-1) ?? [])}`]
}

/** Some changes came and went unseen; each mark has its cause, and none comes twice. */
const checkSeenChanges: Check = (chronicles, contact) => {
  const [chronicle, ...others] = chronicles
  if (others.length > 0) return [`has ${chronicles.length} opportunities, and a salesperson entered one`]
  const told = toldOf(contact)
  if (chronicle === undefined) return told.length === 0 ? [] : [`was told ${describe(told)} without an opportunity`]
  const { standings, mustHaveRead } = chronicle
  return areExplained({ standings, marks: told, mustHaveRead })
    ? checkFunnel(contact)
    : [`was told ${describe(told)}, which does not explain ${JSON.stringify(standings)} from ${mustHaveRead} on`]
}

/** Several opportunities at a time: what was told of each has its cause, and the contact stands as they do all together. */
const checkCauses: Check = (chronicles, contact) => {
  const told = toldOf(contact)
    .filter(({ type }) => type !== 'OPPORTUNITY')
    .map(mark => JSON.stringify(mark))
  const closed = chronicles.flatMap(({ standings }) => allMarks(standings, standings.length - 1))
  const causes = new Set(closed.map(mark => JSON.stringify(mark)))
  const isHeard = chronicles.every(({ standings, mustHaveRead }) => mustHaveRead === standings.length - 1)
  const isOpen = chronicles.some(({ standings }) => standings.at(-1)?.status === 'open')
  return [
    ...told.filter(mark => !causes.has(mark)).map(mark => `was told ${mark} without a cause`),
    ...(isHeard && contact.funnel.opportunity !== isOpen
      ? [`its stage is ${JSON.stringify(contact.funnel)}, and ${isOpen ? 'an' : 'no'} opportunity is open`]
      : []),
  ]
}

/** A sale that is too high is not registered; `statusRD` says why. Corrected, it is; and `statusRD` says so where it had failed. */
const checkTooMuch: Check = (chronicles, contact) => {
  const told = toldOf(contact)
  const [chronicle] = chronicles
  if (chronicle === undefined) return told.length === 0 ? [] : [`was told ${describe(told)} without an opportunity`]
  const { opportunity, standings, mustHaveRead } = chronicle
  const isHeard = mustHaveRead === standings.length - 1
  const value = opportunity.totalValue ?? 0
  const field = opportunity.customFields['statusRD']
  const statusRd = typeof field === 'string' ? field : ''
  const sales = told.filter(({ type }) => type !== 'OPPORTUNITY')
  const isOpen = opportunity.status === 'PROGRESS'

  if (isOpen || !isHeard) {
    return sales.length > (isOpen ? 0 : 1)
      ? [`was told ${describe(told)}, and its opportunity is ${opportunity.status}`]
      : []
  }
  if (value > SALE_LIMIT) {
    const says = statusRd.startsWith('ERRO FINAL 2/2 RD_SALE_VALUE_ABOVE_LIMIT: ')
    return [
      ...(sales.length > 0 ? [`was told ${describe(told)}, and the sale is above the limit`] : []),
      ...(says ? [] : [`statusRD says "${statusRd}", and the sale is above the limit`]),
    ]
  }
  const expected = [{ type: 'OPPORTUNITY' }, { type: 'SALE', value }]
  return [
    ...(JSON.stringify(told) === JSON.stringify(expected)
      ? []
      : [`was told ${describe(told)} instead of a sale of ${value}`]),
    ...(statusRd === '' || statusRd.startsWith('OK: ')
      ? []
      : [`statusRD says "${statusRd}", and the sale is registered`]),
  ]
}

const checks: Readonly<Record<Person['kind'], Check>> = {
  visitor: checkEveryChange,
  returning: checkEveryChange,
  patient: checkEveryChange,
  hasty: checkSeenChanges,
  wild: checkCauses,
  'too-much': checkTooMuch,
  'phone-only': (_chronicles, contact) => checkUnmarked(contact),
}

function toldOf({ marks }: RdContactState): Mark[] {
  return marks.map(({ type, value, reason }): Mark => {
    if (type === 'SALE') return { type, value: value ?? Number.NaN }
    if (type === 'OPPORTUNITY_LOST') return { type, reason: reason ?? '' }
    return { type }
  })
}

/** What the marks made of the contact: the sandbox plays what RD Station does with them. */
function checkFunnel({ funnel, marks }: RdContactState): string[] {
  const last = marks.at(-1)?.type
  const isClient = marks.some(({ type }) => type === 'SALE')
  const isRight = funnel.opportunity === (last === 'OPPORTUNITY') && (funnel.lifecycle_stage === 'Client') === isClient
  return isRight ? [] : [`its stage is ${JSON.stringify(funnel)} after ${last}`]
}

const describe = (marks: readonly Mark[]): string => JSON.stringify(marks)
