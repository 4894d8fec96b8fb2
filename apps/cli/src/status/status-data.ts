import type { Language } from '@ponte/contracts'
import { type BridgeState, type Connection, needsPerson, stateSentence } from '@ponte/report'
import type { ReconcileRecord } from '@ponte/state'
import type { FailureGroup } from '../failures/failed-events.ts'

/** What `status` has read. */
export interface Seen {
  readonly state: BridgeState
  readonly failures: readonly FailureGroup[]
  /** When it was read, in milliseconds since 1970. */
  readonly now: number
}

/** The answer of `status --json`. Times are ISO 8601. */
export const statusData = ({ state, failures, now }: Seen, language: Language): object => ({
  at: iso(now),
  ...sentenceOf(state, language),
  failed: state.failed,
  waiting: state.waiting,
  oldestWaitingSince: sinceOf(state, now),
  delayed: state.delayed,
  tenants: state.tenants.map(({ tenant, connections, ...each }) => ({
    tenant,
    connections: connections.map(toData),
    waiting: each.waiting,
    oldestWaitingSince: sinceOf(each, now),
    waitingForPerson: each.heldUp,
    delayed: each.delayed,
    paused: each.paused,
    mode: each.mode.mode,
    ...(each.mode.mode === 'shadow' && { shadowSince: iso(each.mode.shadowSince ?? each.mode.since) }),
    drift: each.drift.map(({ since, ...change }) => ({ ...change, since: iso(since) })),
    reconciled: each.reconciled === undefined ? null : reconciledOf(each.reconciled),
    // Null where Redis does not say.
    workerConnected: each.hasWorker ?? null,
    failed: each.failed,
    failures: failures.filter(group => group.tenant === tenant).map(({ tenant: _name, ...group }) => group),
  })),
  unreadable: state.unreadable,
})

function sentenceOf(state: BridgeState, language: Language): object {
  const { headline, detail } = stateSentence(state, language)
  return { summary: [headline, detail].filter(text => text !== '').join('. ') }
}

const toData = ({ system, state, code, since, until, last }: Connection): object => ({
  system,
  state,
  needsPerson: needsPerson({ state }),
  ...(code !== undefined && { code }),
  ...(since !== undefined && { since: iso(since) }),
  ...(until !== undefined && { nextCheck: iso(until) }),
  ...(last?.success !== undefined && { lastSuccess: iso(last.success) }),
  ...(last?.delivery !== undefined && { lastDelivery: iso(last.delivery) }),
})

const reconciledOf = ({ at, missing, sent, needsPerson: isUnclear }: ReconcileRecord): object => ({
  at: iso(at),
  missing,
  sent,
  needsPerson: isUnclear,
})

const iso = (at: number): string => new Date(at).toISOString()

const sinceOf = ({ oldestWaitingMs }: { readonly oldestWaitingMs?: number }, now: number): string | null =>
  oldestWaitingMs === undefined ? null : iso(now - oldestWaitingMs)
