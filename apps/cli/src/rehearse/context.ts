import { filterOf, type HttpAnswer, type RdStationClient, type TotvsCrmClient } from '@ponte/clients'
import { isRecord, rehearsalIdentifier, type TenantSettings } from '@ponte/contracts'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import {
  change,
  createContactLinks,
  type createRehearsals,
  type Fingerprint,
  type RehearsalState,
  type RedisClient,
} from '@ponte/state'
import type { Session } from '../session.ts'
import type { FactReport } from './fact-report.ts'
import type { PonteEvents } from './ponte-events.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoppedError } from './stops.ts'

/** RD Station's funnel may be asked for 24 times a day for each contact. Ponte itself needs some of them. */
const MAX_FUNNEL_CALLS = 20

/** What the systems may be asked before a person has agreed. */
export interface Systems {
  readonly rd: RdStationClient
  readonly crm: TotvsCrmClient
  /** TOTVS CRM's last answer, as it came. */
  readonly lastAnswer: () => Pick<HttpAnswer, 'status' | 'body'> | undefined
}

export interface RehearsalDeps extends Systems {
  readonly tenant: Tenant
  readonly session: Session
  readonly redis: RedisClient
  readonly queues: TenantQueues
  readonly fingerprint: Fingerprint
  readonly rehearsals: ReturnType<typeof createRehearsals>
  readonly report: FactReport
  readonly events: PonteEvents
  readonly patience: Patience
  readonly signal: AbortSignal
  readonly email: string
  readonly win: 'by-hand' | 'api'
}

/** One run: what it works with, and what it has made so far. */
export type Rehearsal = ReturnType<typeof createRehearsal>

export function createRehearsal(deps: RehearsalDeps, begun: RehearsalState) {
  const { rd, crm, tenant, patience, signal, rehearsals, report, redis, fingerprint } = deps
  const { resources } = tenant.settings.totvsCrm
  let state = begun

  /** For what a look at Ponte's own records finds. */
  const wait = <Value>(look: () => Promise<Value | undefined>, forMs: number = patience.recordMs) =>
    waitFor(look, { forMs, pause: patience.ownPause, signal })

  /** For what one of the systems has to be asked for. */
  const ask = <Value>(
    look: () => Promise<Value | undefined>,
    { forMs = patience.recordMs, pause = patience.systemPause }: { forMs?: number; pause?: Pause } = {},
  ) => waitFor(look, { forMs, pause, signal })

  async function save(changed: Partial<RehearsalState> = {}): Promise<void> {
    state = { ...state, ...changed, facts: [...report.answered()] }
    await rehearsals.write(state)
  }

  /** Undefined when the funnel was asked for often enough. */
  async function callFunnel<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
    if (state.funnelCalls >= MAX_FUNNEL_CALLS) return undefined
    await save({ funnelCalls: state.funnelCalls + 1 })
    return await call()
  }

  return {
    ...deps,
    get state() {
      return state
    },
    /** The plus-address of the test person that nobody may know. */
    unknownEmail: deps.email.replace('@', `+ponte-${begun.id}@`),
    /** Of the run's conversions. */
    identifier: rehearsalIdentifier(begun.id),
    /** Of the test person and of opportunities. */
    name: `Ensaio do Ponte ${begun.id}`,
    /** When the conversions of this run happened, by RD Station's clock. */
    conversions: [] as number[],
    save,
    wait,
    ask,
    callFunnel,

    /** A record as TOTVS CRM shows it. Undefined when there is none. */
    async readRecord(kind: 'lead' | 'opportunity', id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
      const filter = filterOf({ field: 'id', op: 'eq', value: id })
      const items = await crm.pageOf(resources[kind], { number: 1, size: 50, ...(filter !== undefined && { filter }) })
      return items.filter(isRecord).find(item => String(item['id']) === id)
    },

    /** The contact's funnel once it is as wanted, else as it is in the end. Asked for at growing distances: each call counts. */
    async readFunnel(isWanted: (funnel: Funnel) => boolean): Promise<Funnel | undefined> {
      const uuid = state.contact
      if (uuid === undefined) return undefined
      let funnel: Funnel | undefined
      for (const pauseMs of [0, 1000, 2000, 4000, 8000]) {
        await wait(async () => undefined, pauseMs)
        const read = await callFunnel(() => rd.findFunnel({ uuid }))
        if (read === undefined) return funnel
        funnel = read
        if (isWanted(read)) return read
      }
      return funnel
    },

    /** The opportunity is the rehearsal's: it is cleaned up, and counts in no figure. */
    async addOpportunity(id: string): Promise<void> {
      if (!state.opportunities.includes(id)) await save({ opportunities: [...state.opportunities, id] })
      await rehearsals.leaveOut([id])
    },

    /** Workers look the contact up again, instead of remembering it for an hour. */
    async forgetContact(uuid: string): Promise<void> {
      const links = createContactLinks(redis, tenant.name, fingerprint)
      await change(redis, links.forgettingSeen({ uuid, email: deps.email }))
    },
  }
}

type Funnel = NonNullable<Awaited<ReturnType<RdStationClient['findFunnel']>>>

/** How long a rehearsal waits, in milliseconds. What waits for a contact to grow old takes longer where the tenant says so. */
export interface Patience {
  /** Between two looks at what Ponte has recorded. */
  readonly ownPause: Pause
  /** Between two questions to one of the systems. */
  readonly systemPause: Pause
  /** Between two questions to TOTVS CRM while a person works there. */
  readonly byHandPause: Pause
  /** For RD Station's webhook. */
  readonly webhookMs: number
  /** For the same conversion in the other format. */
  readonly otherFormatMs: number
  /** For a mark: its webhook, and until the contact is old enough. */
  readonly markMs: number
  /** For the webhook of a mark, which an account need not have. */
  readonly echoMs: number
  /** Until a record shows what was written, and until Ponte has carried out what it received. */
  readonly recordMs: number
  /** For a person at TOTVS CRM's screen. */
  readonly byHandMs: number
}

/** How long to wait before the next look, in milliseconds: it grows from look to look. */
export interface Pause {
  readonly firstMs: number
  readonly mostMs: number
}

const SHORT_MS = 250
/** A tenant whose contacts are marked sooner than this is asked as often as Ponte itself: real accounts need longer. */
const SLOW_AGE_MS = 10_000
const GROWTH = 1.25

/** `times`: everything but pauses and the wait for a person takes so many times longer, where accounts or machines are slow. */
export function patienceOf(
  { rdStation }: { rdStation: Pick<TenantSettings['rdStation'], 'minContactAgeSeconds'> },
  times = 1,
): Patience {
  const ageMs = rdStation.minContactAgeSeconds * 1000
  const isSlow = ageMs >= SLOW_AGE_MS
  const mostMs = isSlow ? 5000 : SHORT_MS
  return {
    ownPause: { firstMs: SHORT_MS, mostMs: SHORT_MS },
    systemPause: { firstMs: isSlow ? 1000 : SHORT_MS, mostMs },
    byHandPause: { firstMs: mostMs, mostMs },
    webhookMs: times * 60_000 + ageMs,
    otherFormatMs: times * 5000,
    markMs: times * 60_000 + 2 * ageMs,
    echoMs: times * 15_000 + ageMs / 5,
    recordMs: times * 30_000,
    byHandMs: 3_600_000,
  }
}

/**
 * Looks again and again until there is something, the last time when the time is up. Undefined when there was nothing for so long. Throws
 * StoppedError as soon as the signal is aborted.
 */
export async function waitFor<Value>(
  look: () => Promise<Value | undefined>,
  { forMs, pause, signal }: { forMs: number; pause: Pause; signal: AbortSignal },
): Promise<Value | undefined> {
  const until = performance.now() + forMs
  for (let pauseMs = pause.firstMs; ; pauseMs = Math.min(pauseMs * GROWTH, pause.mostMs)) {
    throwIfInterrupted(signal)
    const found = await look()
    const leftMs = until - performance.now()
    if (found !== undefined || leftMs <= 0) return found
    await sleep(Math.min(pauseMs, Math.ceil(leftMs) + 1), undefined, { signal }).catch(() => undefined)
  }
}

export function throwIfInterrupted({ aborted }: AbortSignal): void {
  if (aborted) throw new StoppedError({ kind: 'interrupted' })
}
