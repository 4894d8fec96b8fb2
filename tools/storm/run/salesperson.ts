import { setTimeout as sleep } from 'node:timers/promises'
import type { CrmOpportunityState, SandboxClient } from '@ponte/testbed'
import type { Observer, Observation } from './observer.ts'
import { emailAt, type Person } from '../plan/people.ts'
import type { Action, Scenario, ScenarioStep } from '../plan/scenarios.ts'

/** How an opportunity stood from a moment on. */
export interface Stand {
  readonly opportunityId: string
  readonly person: number
  /** ISO 8601, by the CRM's clock. */
  readonly at: string
  readonly status: CrmOpportunityState['status']
  readonly value: number | null
  readonly reason: string | null
  /** Until then the address of the opportunity showed it as it was before. Milliseconds since 1970. */
  readonly shownAt?: number
  /** From here on it is the colleague's. */
  readonly isGiven?: boolean
}

export interface Office {
  readonly sandbox: SandboxClient
  readonly observer: Observer
  /** Delivers the person's conversion. */
  readonly convert: (person: Person, version: number) => Promise<void>
  /** By `performance.now`: when the last of what was to be delivered for the person was. Undefined before. */
  readonly deliveredAt: (person: Person) => number | undefined
  /** By `performance.now`: nothing new is begun afterwards. */
  readonly endsAt: number
}

const CHECK_EVERY_MS = 150
/** Less than the time after which Ponte reads a record again that is behind its webhook. */
const SHOWN_LATE_MS = 2500
/** The sandbox's type of e-mail address. */
const EMAIL_TYPE = '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d'

/** Does what the scenario says, as far as time and circumstances allow. Gives how the opportunities stood because of it. */
export async function playScenario(person: Person, scenario: Scenario, office: Office): Promise<Stand[]> {
  const stands: Stand[] = []
  let changedAt = 0
  for (const step of scenario.steps) {
    await sleep(Math.min(step.pauseMs, Math.max(0, office.endsAt - performance.now())))
    const seen = await waitForState(person, step, changedAt, office)
    if (seen === undefined) return stands
    stands.push(...(await perform(step.action, { person, seen, stands }, office)))
    changedAt = performance.now()
  }
  return stands
}

/** Undefined when the storm ends before. */
async function waitForState(
  person: Person,
  { patient, action }: ScenarioStep,
  changedAt: number,
  { observer, deliveredAt, endsAt }: Office,
): Promise<Observation | undefined> {
  while (performance.now() < endsAt) {
    const seen = observer.latest()
    // What was seen before the last change is out of date.
    const since = Math.max(changedAt, deliveredAt(person) ?? Infinity)
    const isReady =
      seen !== undefined && seen.startedAt > since && seen.isUpToDate(person) && hasCause(action, person, seen)
    if (seen !== undefined && (!patient || isReady)) return seen
    await sleep(CHECK_EVERY_MS)
  }
  return undefined
}

/** There is nothing to wait for before the person has an opportunity. */
const hasCause = (action: Action, person: Person, seen: Observation): boolean =>
  action.kind === 'convert' || seen.opportunitiesOf(person).length > 0

interface Situation {
  readonly person: Person
  readonly seen: Observation
  readonly stands: readonly Stand[]
}

async function perform(action: Action, { person, seen, stands }: Situation, office: Office): Promise<Stand[]> {
  const crm = office.sandbox.crm()
  const toStand = (
    { id, updatedAt: at, status, totalValue: value, lossReason: reason }: CrmOpportunityState,
    { isLate = false }: { readonly isLate?: boolean } = {},
  ): Stand[] => [
    {
      ...{ opportunityId: id, person: person.number, at, status, value, reason },
      ...(isLate && { shownAt: Date.parse(at) + SHOWN_LATE_MS }),
    },
  ]
  if (action.kind === 'convert') {
    const email = emailAt(person, action.version)
    if (email !== undefined && email !== person.email) await office.sandbox.rd().changeContact(person.uuid, { email })
    await office.convert(person, action.version)
    return []
  }
  if (action.kind === 'enter') {
    return toStand(await crm.addOpportunity({ leadId: await enterLead(person, person.number, office) }))
  }
  const newest = seen.opportunitiesOf(person).at(-1)?.id ?? stands.at(-1)?.opportunityId
  if (newest === undefined) return []
  // Only sales changes the status of an opportunity, so the last action says what it is.
  const status = stands.findLast(({ opportunityId }) => opportunityId === newest)?.status ?? 'PROGRESS'
  switch (action.kind) {
    case 'win':
      if (status !== 'PROGRESS') return []
      return toStand(await crm.win(newest, action.value, lateness(action)), action)
    case 'lose':
      if (status !== 'PROGRESS') return []
      return toStand(await crm.lose(newest, action.reason, lateness(action)), action)
    case 'give': {
      if (person.colleague === undefined) throw new TypeError('nobody is there to get the opportunity')
      const leadId = await enterLead(person.colleague, person.number, office)
      return toStand(await crm.changeOpportunity(newest, { leadId })).map(stand => ({ ...stand, isGiven: true }))
    }
    case 'reopen':
      return status === 'PROGRESS' ? [] : toStand(await crm.reopen(newest))
    case 'correct':
      return toStand(await crm.changeOpportunity(newest, { totalValue: action.value }))
  }
}

const lateness = ({ isLate }: { readonly isLate: boolean }) => (isLate ? { shownLateMs: SHOWN_LATE_MS } : {})

async function enterLead(
  { uuid, email }: { readonly uuid: string; readonly email?: string },
  number: number,
  { sandbox }: Office,
): Promise<string> {
  const emails = email === undefined ? [] : [{ email, emailTypeId: EMAIL_TYPE, standard: true }]
  const { id } = await sandbox.crm().addLead({ name: `Pessoa ${number}`, externalId: `rd:${uuid}`, emails })
  return id
}
