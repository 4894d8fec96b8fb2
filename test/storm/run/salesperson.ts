import { setTimeout as sleep } from 'node:timers/promises'
import type { CrmOpportunityState, SandboxClient } from '@ponte/testbed'
import type { Observer, Observation } from './observer.ts'
import type { Person } from '../plan/people.ts'
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
  const toStand = ({ id, updatedAt, status, totalValue, lossReason }: CrmOpportunityState): Stand[] => [
    { opportunityId: id, person: person.number, at: updatedAt, status, value: totalValue, reason: lossReason },
  ]
  if (action.kind === 'convert') {
    await office.convert(person, action.version)
    return []
  }
  if (action.kind === 'enter') {
    const lead = await crm.addLead({
      name: `Pessoa ${person.number}`,
      externalId: `rd:${person.uuid}`,
      emails: person.email === undefined ? [] : [{ email: person.email, emailTypeId: EMAIL_TYPE, standard: true }],
    })
    return toStand(await crm.addOpportunity({ leadId: lead.id }))
  }
  const newest = seen.opportunitiesOf(person).at(-1)?.id ?? stands.at(-1)?.opportunityId
  if (newest === undefined) return []
  // Only sales changes the status of an opportunity, so the last action says what it is.
  const status = stands.findLast(({ opportunityId }) => opportunityId === newest)?.status ?? 'PROGRESS'
  switch (action.kind) {
    case 'win':
      return status === 'PROGRESS' ? toStand(await crm.win(newest, action.value)) : []
    case 'lose':
      return status === 'PROGRESS' ? toStand(await crm.lose(newest, action.reason)) : []
    case 'reopen':
      return status === 'PROGRESS' ? [] : toStand(await crm.reopen(newest))
    case 'correct':
      return toStand(await crm.changeOpportunity(newest, { totalValue: action.value }))
  }
}
