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

const LOOK_EVERY_MS = 150
/** The sandbox's, as in the seed page. */
const EMAIL_TYPE = '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d'

/** Does what the story says, as far as time and circumstances allow. Gives how the opportunities stood because of it. */
export async function playScenario(person: Person, story: Scenario, office: Office): Promise<Stand[]> {
  const stands: Stand[] = []
  let changedAt = 0
  for (const step of story.steps) {
    await sleep(Math.min(step.pauseMs, Math.max(0, office.endsAt - performance.now())))
    const sight = await waitForTurn(person, step, changedAt, office)
    if (sight === undefined) return stands
    stands.push(...(await perform(step.action, { person, sight, stands }, office)))
    changedAt = performance.now()
  }
  return stands
}

/** Undefined when the storm ends before. */
async function waitForTurn(
  person: Person,
  { patient, action: deed }: ScenarioStep,
  changedAt: number,
  { observer, deliveredAt, endsAt }: Office,
): Promise<Observation | undefined> {
  while (performance.now() < endsAt) {
    const sight = observer.latest()
    // What was seen before the last change tells nothing.
    const since = Math.max(changedAt, deliveredAt(person) ?? Infinity)
    const isReady =
      sight !== undefined && sight.begunAt > since && sight.isSettled(person) && hasCause(deed, person, sight)
    if (sight !== undefined && (!patient || isReady)) return sight
    await sleep(LOOK_EVERY_MS)
  }
  return undefined
}

/** Whoever waits for RD Station to be told waits for something to tell. */
const hasCause = (deed: Action, person: Person, sight: Observation): boolean =>
  deed.kind === 'convert' || sight.opportunitiesOf(person).length > 0

interface Situation {
  readonly person: Person
  readonly sight: Observation
  readonly stands: readonly Stand[]
}

async function perform(deed: Action, { person, sight, stands }: Situation, office: Office): Promise<Stand[]> {
  const crm = office.sandbox.crm()
  const toStand = ({ id, updatedAt, status, totalValue, lossReason }: CrmOpportunityState): Stand[] => [
    { opportunityId: id, person: person.number, at: updatedAt, status, value: totalValue, reason: lossReason },
  ]
  if (deed.kind === 'convert') {
    await office.convert(person, deed.version)
    return []
  }
  if (deed.kind === 'enter') {
    const lead = await crm.addLead({
      name: `Pessoa ${person.number}`,
      externalId: `rd:${person.uuid}`,
      emails: person.email === undefined ? [] : [{ email: person.email, emailTypeId: EMAIL_TYPE, standard: true }],
    })
    return toStand(await crm.addOpportunity({ leadId: lead.id }))
  }
  const newest = sight.opportunitiesOf(person).at(-1)?.id ?? stands.at(-1)?.opportunityId
  if (newest === undefined) return []
  // Only sales changes how an opportunity stands, so that the last deed tells.
  const status = stands.findLast(({ opportunityId }) => opportunityId === newest)?.status ?? 'PROGRESS'
  switch (deed.kind) {
    case 'win':
      return status === 'PROGRESS' ? toStand(await crm.win(newest, deed.value)) : []
    case 'lose':
      return status === 'PROGRESS' ? toStand(await crm.lose(newest, deed.reason)) : []
    case 'reopen':
      return status === 'PROGRESS' ? [] : toStand(await crm.reopen(newest))
    case 'correct':
      return toStand(await crm.changeOpportunity(newest, { totalValue: deed.value }))
  }
}
