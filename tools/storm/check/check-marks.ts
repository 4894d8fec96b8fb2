import type { CrmOpportunityState, RdContactState } from '@ponte/testbed'
import type { Evidence } from './evidence.ts'
import { allMarks, areExplained, type Standing, type Mark } from './explain-marks.ts'
import { findOwnRecords } from './own-records.ts'
import type { Person } from '../plan/people.ts'
import type { Stand } from '../run/salesperson.ts'
import { SALE_LIMIT } from '../plan/scenarios.ts'

/** RD Station received what became of each opportunity: every change that Ponte read once, and nothing else. */
export function checkMarks(evidence: Evidence): string[] {
  const contactOf = new Map(evidence.contacts.map(contact => [contact.uuid, contact]))
  const heard = heardOf(evidence)

  return [
    ...evidence.droppedMarks.map(({ type, why, email }) => `RD Station dropped a ${type} of ${email}: ${why}`),
    ...evidence.people.flatMap(person => {
      const contact = contactOf.get(person.uuid)
      if (contact === undefined) return [`person ${person.number}: the contact is gone`]
      const histories = findOwnRecords(person, evidence).opportunities.map(opportunity =>
        toMarkHistory(opportunity, evidence, heard),
      )
      const problems =
        person.kind === 'given'
          ? checkGiven(person, { contact, colleague: contactOf.get(person.colleague?.uuid ?? '') }, evidence, heard)
          : person.email === undefined
            ? checkUnmarked(contact)
            : checks[person.kind](histories, contact)
      return problems.map(problem => `person ${person.number} (${person.kind}): ${problem}`)
    }),
  ]
}

interface OpportunityMarkHistory {
  readonly opportunity: CrmOpportunityState
  readonly standings: readonly Standing[]
  readonly mustHaveRead: number
}

interface Heard {
  readonly at: number
  /** It says that the opportunity was won or lost, so Ponte reads a record that does not show it again. */
  readonly saysEnd: boolean
}

/** Of each opportunity: the webhooks that were acknowledged. */
const heardOf = ({ webhooks }: Evidence): ReadonlyMap<string | undefined, readonly Heard[]> => {
  const delivered = webhooks.filter(({ state }) => state === 'delivered')
  const toHeard = ({ createdAt, trigger }: (typeof webhooks)[number]): Heard => ({
    at: Date.parse(createdAt) + SAME_MOMENT_MS,
    saysEnd: /won|lost/.test(trigger),
  })
  return new Map([...Map.groupBy(delivered, ({ body }) => rowOf(body))].map(([id, all]) => [id, all.map(toHeard)]))
}

function rowOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('source' in body)) return undefined
  const { source } = body
  if (typeof source !== 'object' || source === null || !('row' in source)) return undefined
  const { row } = source
  return typeof row === 'object' && row !== null && 'id' in row ? String(row.id) : undefined
}

/** A webhook is written down right after the change that it reports, sometimes within the same millisecond. */
const SAME_MOMENT_MS = 2

function toMarkHistory(
  opportunity: CrmOpportunityState,
  { stands }: Pick<Evidence, 'stands'>,
  heard: ReturnType<typeof heardOf>,
): OpportunityMarkHistory {
  const own = stands.filter(({ opportunityId }) => opportunityId === opportunity.id)
  const entered = { at: opportunity.createdAt, status: 'PROGRESS', value: null, reason: null } as const
  const all: readonly Pick<Stand, 'at' | 'status' | 'value' | 'reason' | 'shownAt'>[] = [
    entered,
    ...own.filter(({ at }) => at !== opportunity.createdAt),
  ]
  const isHeard = ({ at, shownAt = 0 }: (typeof all)[number]): boolean =>
    (heard.get(opportunity.id) ?? []).some(
      webhook => Date.parse(at) <= webhook.at && (webhook.saysEnd || shownAt <= webhook.at),
    )
  return { opportunity, standings: all.map(toStanding), mustHaveRead: all.findLastIndex(isHeard) }
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

type Check = (histories: readonly OpportunityMarkHistory[], contact: RdContactState) => string[]

/** RD Station marks by e-mail. */
const checkUnmarked = ({ marks }: RdContactState): string[] =>
  marks.length === 0 ? [] : ['was marked without an e-mail']

/** Every change was seen: the marks are exactly these. Only the last change may be one that Ponte never heard of. */
const checkEveryChange: Check = (histories, contact) => {
  const received = marksOf(contact)
  const last = histories.at(-1)
  const earlier = histories.slice(0, -1).flatMap(({ standings }) => allMarks(standings, standings.length - 1))
  const possible = (last?.standings ?? [undefined]).flatMap((_, index) => {
    if (last === undefined) return [earlier]
    const heardOf = last.mustHaveRead === -1 ? [earlier] : []
    return index < last.mustHaveRead ? [] : [...heardOf, [...earlier, ...allMarks(last.standings, index)]]
  })
  return possible.some(marks => JSON.stringify(marks) === JSON.stringify(received))
    ? checkFunnel(contact)
    : [`received ${describe(received)} instead of ${describe(possible.at(-1) ?? [])}`]
}

/** An opportunity that went to a colleague: the former contact is no opportunity any more, and everything after is the colleague's. */
function checkGiven(
  { number }: Person,
  { contact, colleague }: { readonly contact: RdContactState; readonly colleague: RdContactState | undefined },
  { stands, opportunities }: Evidence,
  heard: ReturnType<typeof heardOf>,
): string[] {
  if (colleague === undefined) return ['the contact of the colleague is gone']
  const own = stands.filter(({ person }) => person === number)
  const opportunity = opportunities.find(({ id }) => id === own[0]?.opportunityId)
  const givenAt = own.findIndex(({ isGiven }) => isGiven === true)
  if (opportunity === undefined || givenAt === -1) {
    const histories = opportunity === undefined ? [] : [toMarkHistory(opportunity, { stands }, heard)]
    return [...checkEveryChange(histories, contact), ...checkEveryChange([], colleague)]
  }
  const { standings, mustHaveRead } = toMarkHistory(opportunity, { stands }, heard)
  const after = {
    opportunity,
    standings: standings.slice(givenAt),
    mustHaveRead: Math.max(-1, mustHaveRead - givenAt),
  }
  const isRead = mustHaveRead >= givenAt || colleague.marks.length > 0
  const stays = isRead && contact.funnel.opportunity
  return [
    ...checkEveryChange([after], colleague).map(problem => `the colleague ${problem}`),
    ...(JSON.stringify(marksOf(contact)) === JSON.stringify([{ type: 'OPPORTUNITY' }])
      ? []
      : [`received ${describe(marksOf(contact))} before the opportunity was given away`]),
    ...(stays ? ['is an opportunity although its only one was given away'] : []),
  ]
}

/** Some changes came and went unseen; each mark has its cause, and none comes twice. */
const checkSeenChanges: Check = (histories, contact) => {
  const [history, ...others] = histories
  if (others.length > 0) return [`has ${histories.length} opportunities, and a salesperson entered one`]
  const received = marksOf(contact)
  if (history === undefined)
    return received.length === 0 ? [] : [`received ${describe(received)} without an opportunity`]
  const { standings, mustHaveRead } = history
  return areExplained({ standings, marks: received, mustHaveRead })
    ? checkFunnel(contact)
    : [`received ${describe(received)}, which does not explain ${JSON.stringify(standings)} from ${mustHaveRead} on`]
}

/** Several opportunities at a time: what RD Station received about each has its cause, and the contact stands as they do all together. */
const checkCauses: Check = (histories, contact) => {
  const received = marksOf(contact)
    .filter(({ type }) => type !== 'OPPORTUNITY')
    .map(mark => JSON.stringify(mark))
  const closed = histories.flatMap(({ standings }) => allMarks(standings, standings.length - 1))
  const causes = new Set(closed.map(mark => JSON.stringify(mark)))
  const isHeard = histories.every(({ standings, mustHaveRead }) => mustHaveRead === standings.length - 1)
  const isOpen = histories.some(({ standings }) => standings.at(-1)?.status === 'open')
  return [
    ...received.filter(mark => !causes.has(mark)).map(mark => `received ${mark} without a cause`),
    ...(isHeard && contact.funnel.opportunity !== isOpen
      ? [`its stage is ${JSON.stringify(contact.funnel)}, and ${isOpen ? 'an' : 'no'} opportunity is open`]
      : []),
  ]
}

/** A sale that is too high is not registered; `statusRD` says why. Corrected, it is; and `statusRD` says so where it had failed. */
const checkTooMuch: Check = (histories, contact) => {
  const received = marksOf(contact)
  const [history] = histories
  if (history === undefined)
    return received.length === 0 ? [] : [`received ${describe(received)} without an opportunity`]
  const { opportunity, standings, mustHaveRead } = history
  const isHeard = mustHaveRead === standings.length - 1
  const value = opportunity.totalValue ?? 0
  const field = opportunity.customFields['statusRD']
  const statusRd = typeof field === 'string' ? field : ''
  const sales = received.filter(({ type }) => type !== 'OPPORTUNITY')
  const isOpen = opportunity.status === 'PROGRESS'

  if (isOpen || !isHeard) {
    return sales.length > (isOpen ? 0 : 1)
      ? [`received ${describe(received)}, and its opportunity is ${opportunity.status}`]
      : []
  }
  if (value > SALE_LIMIT) {
    const says = statusRd.startsWith('ERRO FINAL 2/2 RD_SALE_VALUE_ABOVE_LIMIT: ')
    return [
      ...(sales.length > 0 ? [`received ${describe(received)}, and the sale is above the limit`] : []),
      ...(says ? [] : [`statusRD says "${statusRd}", and the sale is above the limit`]),
    ]
  }
  const expected = [{ type: 'OPPORTUNITY' }, { type: 'SALE', value }]
  return [
    ...(JSON.stringify(received) === JSON.stringify(expected)
      ? []
      : [`received ${describe(received)} instead of a sale of ${value}`]),
    ...(statusRd === '' || statusRd.startsWith('OK: ')
      ? []
      : [`statusRD says "${statusRd}", and the sale is registered`]),
  ]
}

const checks: Readonly<Record<Exclude<Person['kind'], 'given'>, Check>> = {
  visitor: checkEveryChange,
  returning: checkEveryChange,
  patient: checkEveryChange,
  hasty: checkSeenChanges,
  wild: checkCauses,
  'too-much': checkTooMuch,
  moving: checkEveryChange,
  'phone-only': (_histories, contact) => checkUnmarked(contact),
}

function marksOf({ marks }: RdContactState): Mark[] {
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
