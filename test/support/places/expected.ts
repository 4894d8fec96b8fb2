import { systems } from '@ponte/contracts'
import type { Connection } from '@ponte/operations'
import { doctorFindings, type RetryEnd as End } from '@ponte/testbed'
import type { Counts } from './parts-of-text.ts'
import { needsPerson, type PlantedTenant, type CountedJob } from './plant-state.ts'

/** How many there are by name; none is named without any. */
const countBy = <Item>(items: readonly Item[], nameOf: (item: Item) => string): Counts =>
  Object.fromEntries([...Map.groupBy(items, nameOf)].map(([name, own]) => [name, own.length]))

export const causeOf = ({ tenant, kind, code }: CountedJob): string => `${tenant}/${kind}/${code}`

/** What has failed, one by one: of the marks of an opportunity the newest. */
export function failedEvents(jobs: readonly CountedJob[]): readonly CountedJob[] {
  const newestFirst = jobs.filter(({ countedAs }) => countedAs === 'failed').toSorted((one, other) => other.at - one.at)
  const seen = new Set<string>()
  return newestFirst.filter(({ tenant, opportunityId }) => {
    const name = `${tenant} ${opportunityId}`
    const isSeen = opportunityId !== undefined && seen.has(name)
    seen.add(name)
    return !isSeen
  })
}

/** What each place has to say, by subject. */
export function expectedOf(
  jobs: readonly CountedJob[],
  tenants: readonly PlantedTenant[],
  { areAlertsSent }: { readonly areAlertsSent: boolean },
) {
  const failed = failedEvents(jobs)
  const countedAs = (of: CountedJob['countedAs']): readonly CountedJob[] => jobs.filter(each => each.countedAs === of)
  const waiting = countedAs('waiting')
  const byTenant = (some: readonly CountedJob[]): Counts => countBy(some, ({ tenant }) => tenant)
  const connections = tenants.flatMap(({ name, connections: own }) =>
    systems.map(system => ({ at: `${name}/${system}`, ...own[system] })),
  )
  const degraded = connections.filter(({ state }) => state !== 'ok' && state !== 'not-tried')
  return {
    failed: failed.length,
    failedOf: byTenant(failed),
    causes: countBy(failed, causeOf),
    codes: countBy(failed, ({ code = '' }) => code),
    numberOfCauses: new Set(failed.map(({ code }) => code)).size,
    quarantined: failed.filter(({ kind }) => kind === 'quarantine').length,
    waiting: waiting.length,
    waitingOf: byTenant(waiting),
    delayed: countedAs('delayed').length,
    delayedOf: byTenant(countedAs('delayed')),
    heldUp: waiting.filter(({ isHeldUp }) => isHeldUp).length,
    activeOf: countBy(countedAs('active'), ({ tenant, kind }) => `${tenant}/${kind}`),
    open: waiting.length + countedAs('delayed').length + countedAs('active').length,
    paused: tenants.flatMap(({ name, paused }) => paused.map(kind => `${name}/${kind}`)).toSorted(),
    withoutCommand: tenants.filter(({ needsSwitch }) => needsSwitch).map(({ name }) => name),
    withoutWorker: tenants.filter(({ hasWorker }) => !hasWorker).map(({ name }) => name),
    connections: Object.fromEntries(connections.map(({ at, state }) => [at, state])),
    degraded: Object.fromEntries(degraded.map(({ at, state }) => [at, state])),
    breakers: Object.fromEntries(degraded.map(({ at, state }) => [at, reasonOf(state)])),
    refused: Object.fromEntries(connections.flatMap(({ at, refused }) => (refused === 0 ? [] : [[at, refused]]))),
    openSteps: Object.fromEntries(tenants.map(each => [each.name, openStepsOf(each, areAlertsSent)])),
  }
}

const reasonOf = (state: Connection['state']): string =>
  needsPerson(state) ? 'revoked' : state === 'throttled' ? state : 'down'

/** The steps of the checklist that are left to do, in its order. */
function openStepsOf({ connections, doctor }: PlantedTenant, areAlertsSent: boolean): readonly string[] {
  const { 'rd-station': rd, 'totvs-crm': crm } = connections
  const isAccepted = ({ state, hasWorked }: typeof rd): boolean =>
    state === 'ok' || (state !== 'not-tried' && hasWorked && !needsPerson(state))
  const delivers = ({ hasDelivered, refused }: typeof rd): boolean => hasDelivered && refused === 0
  const heldUp = new Set<string>(doctor?.flatMap(check => doctorFindings[check]))
  const steps = {
    ...{ 'rd-account': isAccepted(rd), 'crm-login': isAccepted(crm), values: doctor !== undefined },
    ...{ 'rd-webhook': delivers(rd), 'crm-webhooks': delivers(crm), alerts: areAlertsSent },
  }
  return Object.entries(steps).flatMap(([step, isDone]) => (isDone && !heldUp.has(step) ? [] : [step]))
}

const outcomes = [
  ['done', 'delivered'],
  ['skipped', 'unchanged'],
  ['failed', 'failed again'],
  ['open', 'under way'],
  ['removed', 'removed from the queue'],
] as const satisfies readonly (readonly [End, string])[]

/** `3 events: 2 delivered, 1 failed again`. */
export function outcomesOf(ends: readonly End[]): string {
  const parts = outcomes.map(([end, text]) => [ends.filter(each => each === end).length, text] as const)
  const texts = parts.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`)
  return `${ends.length === 1 ? '1 event' : `${ends.length} events`}: ${texts.join(', ')}`
}
