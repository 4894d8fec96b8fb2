import { filterOf, type HttpAnswer, type RdStationClient, type TotvsCrmClient } from '@ponte/clients'
import { isRecord, rehearsalIdentifier } from '@ponte/contracts'
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
import { type Patience, type Pause, waitFor } from './waits.ts'

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
  const wait = <Found>(look: () => Promise<Found | undefined>, forMs: number = patience.recordMs) =>
    waitFor(look, { forMs, pause: patience.ownPause, signal })

  /** For what one of the systems has to be asked for. */
  const ask = <Found>(
    look: () => Promise<Found | undefined>,
    { forMs = patience.recordMs, pause = patience.systemPause }: { forMs?: number; pause?: Pause } = {},
  ) => waitFor(look, { forMs, pause, signal })

  async function save(changed: Partial<RehearsalState> = {}): Promise<void> {
    state = { ...state, ...changed, facts: [...report.answered()] }
    await rehearsals.write(state)
  }

  /** Undefined when the funnel was asked for often enough. */
  async function callFunnel<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
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
