import type { Language } from '@ponte/contracts'
import { type Connection, needsPerson } from '../bridge/connections.ts'
import { bridgeOf, bridgeOfTenants, type BridgeState, type TenantState } from '../bridge/read-bridge.ts'
import type { StatusReading } from '../bridge/read-status.ts'
import { stateSentence } from '../bridge/state-sentence.ts'
import { isoTime } from './members.ts'
import { readRefusedDocument, toRefusedDocument } from './refused-document.ts'
import type { ConnectionDocument, HealthDocument, StatusDocument, TenantDocument } from './status-document.ts'

export const toStatusDocument = ({ state, failures }: StatusReading, language: Language): StatusDocument => ({
  at: isoTime(state.now),
  ...sentenceOf(state, language),
  failed: state.failed,
  waiting: state.waiting,
  oldestWaitingSince: sinceOf(state, state.now),
  delayed: state.delayed,
  refusedFile: state.refusedFile.map(({ process, since, problems }) => ({
    ...{ process, since: isoTime(since), problems: [...problems] },
  })),
  tenants: state.tenants.map(each => ({
    ...toTenant(each, state.now),
    failures: failures.filter(group => group.tenant === each.tenant).map(({ tenant: _name, ...group }) => group),
  })),
  unreadable: [...state.unreadable],
})

export const toHealthDocument = (state: BridgeState, language: Language): HealthDocument => ({
  at: isoTime(state.now),
  tenants: state.tenants.map(each => ({
    tenant: each.tenant,
    ...sentenceOf(bridgeOf(state, [each.tenant]), language),
    failed: each.failed,
    waiting: each.waiting,
    oldestWaitingSince: sinceOf(each, state.now),
  })),
  unreadable: [...state.unreadable],
})

/** What a document is about, to be said in any language. What nobody says of a tenant is not in it. */
export function readStatusDocument({ at, tenants, unreadable, refusedFile }: StatusDocument): StatusReading {
  const now = Date.parse(at)
  const refused = refusedFile.map(each => ({ ...each, since: Date.parse(each.since) }))
  return {
    state: bridgeOfTenants(
      tenants.map(each => ({ ...fromTenant(each, now), ...concernsOf(each, refused) })),
      { unreadable, now },
    ),
    failures: tenants
      .flatMap(({ tenant: name, failures }) => failures.map(group => ({ tenant: name, ...group })))
      .toSorted((one, other) => other.count - one.count),
  }
}

function concernsOf(
  { refusedFileBy, oldCredentials }: TenantDocument,
  refused: BridgeState['refusedFile'],
): Pick<TenantState, 'concerns'> {
  const refusedFile = refused.filter(({ process }) => refusedFileBy.includes(process))
  return refusedFile.length + oldCredentials.length === 0 ? {} : { concerns: { refusedFile, oldCredentials } }
}

function sentenceOf(state: BridgeState, language: Language): Pick<StatusDocument, 'health' | 'summary'> {
  const { tone, headline, detail } = stateSentence(state, language)
  return { health: tone, summary: [headline, detail].filter(text => text !== '').join('. ') }
}

function toTenant(each: TenantState, now: number): Omit<TenantDocument, 'failures'> {
  const { mode, since, shadowSince = mode === 'shadow' ? since : undefined, ...moments } = each.mode
  return {
    tenant: each.tenant,
    connections: each.connections.map(toConnection),
    waiting: each.waiting,
    oldestWaitingSince: sinceOf(each, now),
    waitingForPerson: each.waitingForPerson,
    delayed: each.delayed,
    paused: [...each.paused],
    mode,
    ...(since > 0 && { modeSince: isoTime(since) }),
    ...(shadowSince !== undefined && { shadowSince: isoTime(shadowSince) }),
    ...(moments.shadowEndedAt !== undefined && { shadowEnded: isoTime(moments.shadowEndedAt) }),
    ...(moments.offAt !== undefined && { packageOff: isoTime(moments.offAt) }),
    ...(moments.isGoingLive === true && { goingLive: true }),
    ...(moments.isDraining === true && { draining: true }),
    ...(moments.needsSwitch === true && { needsSwitch: true }),
    ...(moments.rest !== undefined && { rest: moments.rest }),
    ...(moments.modeOfFile !== undefined && { modeOfFile: moments.modeOfFile }),
    drift: each.drift.map(change => ({ ...change, since: isoTime(change.since) })),
    reconciled: each.reconciled === undefined ? null : toReconciled(each.reconciled),
    refusedFileBy: each.concerns?.refusedFile.map(({ process }) => process) ?? [],
    oldCredentials:
      each.concerns?.oldCredentials.map(({ setting, processes, isNewestKnown, restart }) => ({
        ...{ setting, processes: [...processes], isNewestKnown, restart: [...restart] },
      })) ?? [],
    workerConnected: each.hasWorker ?? null,
    failed: each.failed,
    quarantined: each.quarantined,
  }
}

const toReconciled = ({
  at,
  missing,
  sent,
  needsPerson: isUnclear,
  inARow,
}: NonNullable<TenantState['reconciled']>): NonNullable<TenantDocument['reconciled']> => ({
  ...{ at: isoTime(at), missing, sent, needsPerson: isUnclear, inARow },
})

function toConnection({ system, state, code, status, since, until, last, refused }: Connection): ConnectionDocument {
  return {
    system,
    state,
    needsPerson: needsPerson({ state }),
    ...(code !== undefined && { code }),
    ...(status !== undefined && { httpStatus: status }),
    ...(since !== undefined && { since: isoTime(since) }),
    ...(until !== undefined && { nextCheck: isoTime(until) }),
    ...(last?.success !== undefined && { lastSuccess: isoTime(last.success) }),
    ...(last?.delivery !== undefined && { lastDelivery: isoTime(last.delivery) }),
    ...(refused && { refused: toRefusedDocument(refused) }),
  }
}

function fromTenant(each: TenantDocument, now: number): TenantState {
  const { mode, modeSince, shadowSince, shadowEnded, packageOff, goingLive } = each
  return {
    tenant: each.tenant,
    connections: each.connections.map(one => fromConnection(each.tenant, one)),
    failed: each.failed,
    quarantined: each.quarantined,
    waiting: each.waiting,
    waitingForPerson: each.waitingForPerson,
    ...(each.oldestWaitingSince !== null && { oldestWaitingMs: now - Date.parse(each.oldestWaitingSince) }),
    delayed: each.delayed,
    paused: each.paused,
    hasWorker: each.workerConnected ?? undefined,
    drift: each.drift.map(change => ({ ...change, since: Date.parse(change.since) })),
    mode: {
      ...{ mode, since: modeSince === undefined ? 0 : Date.parse(modeSince) },
      ...(shadowSince !== undefined && { shadowSince: Date.parse(shadowSince) }),
      ...(shadowEnded !== undefined && { shadowEndedAt: Date.parse(shadowEnded) }),
      ...(packageOff !== undefined && { offAt: Date.parse(packageOff) }),
      ...(goingLive === true && { isGoingLive: true }),
      ...(each.draining === true && { isDraining: true }),
      ...(each.needsSwitch === true && { needsSwitch: true }),
      ...(each.rest !== undefined && { rest: each.rest }),
      ...(each.modeOfFile !== undefined && { modeOfFile: each.modeOfFile }),
    },
    ...(each.reconciled !== null && { reconciled: { ...each.reconciled, at: Date.parse(each.reconciled.at) } }),
  }
}

function fromConnection(tenantName: string, of: ConnectionDocument): Connection {
  const last = {
    ...(of.lastSuccess !== undefined && { success: Date.parse(of.lastSuccess) }),
    ...(of.lastDelivery !== undefined && { delivery: Date.parse(of.lastDelivery) }),
  }
  return {
    tenant: tenantName,
    system: of.system,
    state: of.state,
    ...(of.code !== undefined && { code: of.code }),
    ...(of.httpStatus !== undefined && { status: of.httpStatus }),
    ...(of.since !== undefined && { since: Date.parse(of.since) }),
    ...(of.nextCheck !== undefined && { until: Date.parse(of.nextCheck) }),
    last,
    ...(of.refused && { refused: readRefusedDocument(of.refused) }),
  }
}

const sinceOf = ({ oldestWaitingMs }: { readonly oldestWaitingMs?: number }, now: number): string | null =>
  oldestWaitingMs === undefined ? null : isoTime(now - oldestWaitingMs)
