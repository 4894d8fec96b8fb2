import { crmLead, crmOpportunity, isRecord, type JobData, PermanentFailure, TransientFailure } from '@ponte/contracts'
import {
  type Change,
  type Fence,
  createMarkLedger,
  createStatusLedger,
  type Figures,
  type ContactRecord,
  type MarkRecord,
  noFence,
  type StatusRecord,
  sumFigures,
  toFigures,
} from '@ponte/state'
import { Job, type Queue } from 'bullmq'
import { vi } from 'vitest'
import type { Connection } from '../calls/connection.ts'
import { opportunityChanged } from '../processors/opportunity-changed.ts'
import { statusRdChanged } from '../processors/status-rd-changed.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { createPeople, type LeadId } from './mark-people.ts'
import { createPlayedState } from './played-state.ts'
import { clientsOf, testContext } from './test-context.ts'

/** What goes wrong in one run: the worker dies before or after its nth step, or RD Station drops or refuses its nth mark. */
export type Fault =
  | { readonly kind: 'kill before' | 'kill after'; readonly step: number }
  | { readonly kind: 'drop before' | 'drop after' | 'refuse'; readonly mark: number }

export interface ReceivedMark {
  /** The uuid of the contact that took it. */
  readonly to: string
  readonly type: 'OPPORTUNITY' | 'SALE' | 'OPPORTUNITY_LOST'
  /** The value of a sale, the reason of a loss. */
  readonly detail: string
  /** RD Station's answer came, and the run recorded it. */
  isRecorded: boolean
  /** RD Station cannot show whether the mark arrived: a loss after a sale, a further sale after a loss. */
  readonly isUnverifiable: boolean
  /** An opportunity gave a reason for the mark: it was open when it was last read, or was never marked. */
  readonly hasCause: boolean
}

interface WaitingJob {
  readonly id: string
  readonly name: 'opportunity.updated' | 'status-rd.changed'
  readonly data: JobData<'opportunity.updated'>
  readonly readyAt: number
}

interface AddedJob {
  readonly delay?: number | undefined
  readonly jobId?: string | undefined
}

export type Status = 'PROGRESS' | 'WON' | 'LOST'

interface Stand {
  readonly status: Status
  readonly detail: string
  readonly statusRD: string
  readonly leadId: LeadId
}
const opened: Stand = { status: 'PROGRESS', detail: '', statusRD: '', leadId: 'lead' }

/**
 * Two leads with a contact each, several opportunities, the two systems and everything that Ponte records, in memory. All opportunities begin
 * as those of the first lead. Adopted ones are from before Ponte, and RD Station knows that they are open. Runs come one at a time: locks keep
 * concurrent runs apart, and the journeys and the storm test those.
 */
export function createMarkWorld(connection: Connection, ids: readonly string[], adopted: readonly string[] = []) {
  const systems = clientsOf(connection)
  const opportunities = new Map<string, Stand>(ids.map(id => [id, opened]))
  const state = createPlayedState()
  const jobs: WaitingJob[] = []
  const marks: ReceivedMark[] = []
  const figures: Figures[] = []
  const reads = new Map(ids.map((id): [string, Status[]] => [id, []]))
  const finished = new Map(ids.map((id): [string, Status[]] => [id, []]))
  const failures = new Map(ids.map((id): [string, number] => [id, 0]))
  const { first, people, personOf, namedIn, nameIn } = createPeople()
  first.funnel.opportunity = adopted.length > 0
  let changes = 0
  let count = 0

  const ledger = createMarkLedger(connection.redis, connection.tenant.name)
  const statuses = createStatusLedger(connection.redis, connection.tenant.name)
  const markOf = (id: string): MarkRecord | undefined => state.read(ledger.readingOf(id))
  const statusOf = (id: string): StatusRecord => state.read(statuses.readingOf(id))
  const contactRecord = ({ uuid } = first): ContactRecord | undefined => state.read(ledger.contactReadingOf(uuid))
  /** The change writes the record of the mark's contact, and no mark is unanswered then. */
  const isAnswer = ({ key }: Change, { to }: ReceivedMark): boolean =>
    ledger.contactReadingOf(to).parts.some(part => part.key === key) &&
    contactRecord(personOf({ uuid: to }))?.unanswered === undefined

  /** A job is not added if one with its id is there. */
  function addJob(name: WaitingJob['name'], data: WaitingJob['data'], { delay = 0, jobId }: AddedJob = {}): void {
    const id = jobId ?? `job-${(count += 1)}`
    if (!jobs.some(job => job.id === id)) jobs.push({ id, name, data, readyAt: Date.now() + delay })
  }
  function removeJob(id: string): void {
    const index = jobs.findIndex(job => job.id === id)
    if (index !== -1) jobs.splice(index, 1)
  }
  const webhook = (opportunityId: string): void =>
    addJob('opportunity.updated', {
      v: 1,
      key: `key-${(count += 1)}`,
      receivedAt: new Date().toISOString(),
      opportunityId,
      contextUrl: '/api/v1/opportunity/opportunities',
    })
  for (const name of ['rd-station', 'totvs-crm'] as const) playQueue(connection.queues[name], addJob, removeJob)

  function contextOf({ id }: WaitingJob, fault: Fault | undefined): JobContext {
    let steps = 0
    let isDead = false
    let marksSent = 0
    let sent: ReceivedMark | undefined
    async function step<Result>(work: () => Result): Promise<Result> {
      steps += 1
      const dies = fault !== undefined && 'step' in fault && fault.step === steps
      if (isDead || (dies && fault.kind === 'kill before')) {
        isDead = true
        throw new Error('killed')
      }
      const result = work()
      if (dies) {
        isDead = true
        throw new Error('killed')
      }
      return await Promise.resolve(result)
    }
    const lastRead = (opportunityId: string): Status | undefined => reads.get(opportunityId)?.at(-1)

    const held = new Set<string>()
    const runStep: JobContext['underLocks'] = parts =>
      step(() => {
        const valueOf = state.run(parts)
        const mark = sent
        if (mark !== undefined && parts.changes?.some(each => isAnswer(each, mark)) === true) mark.isRecorded = true
        return valueOf
      })

    const locks: Parameters<typeof testContext>[1] = {
      fenceOf: (name): Fence => (held.has(name) ? { key: name, token: 'held' } : noFence(name)),
      async lock(names, parts = {}) {
        const valueOf = await runStep(parts)
        for (const name of names) held.add(name)
        return valueOf
      },
      release: () => Promise.reject(new Error('a mark gives no lock back')),
      underLocks: runStep,
      async recordAndRelease(changes) {
        await runStep({ changes })
        held.clear()
      },
    }
    return testContext(connection, locks, {
      jobId: id,
      crm: {
        ...systems.crm,
        getLead: id =>
          step(() => {
            const { uuid, email } = namedIn(id)
            return crmLead.parse({ id, externalId: `rd:${uuid}`, emails: [{ email }] })
          }),
        getOpportunity: (_contextUrl, opportunityId) =>
          step(() => {
            const { status, detail, statusRD, leadId } = opportunities.get(opportunityId) ?? {}
            if (status !== undefined) reads.get(opportunityId)?.push(status)
            return crmOpportunity.parse({
              id: opportunityId,
              leadId,
              status,
              customFields: { statusRD },
              ...(adopted.includes(opportunityId) && { createdAt: '2020-01-01T00:00:00Z' }),
              ...(status === 'WON' && { totalValue: Number(detail) }),
              ...(status === 'LOST' && { lossReason: { description: detail } }),
            })
          }),
        updateOpportunity: (opportunityId, change) =>
          step(() => {
            const fields = isRecord(change['customFields']) ? change['customFields'] : {}
            const text = typeof fields['statusRD'] === 'string' ? fields['statusRD'] : ''
            const current = opportunities.get(opportunityId)
            if (current !== undefined) opportunities.set(opportunityId, { ...current, statusRD: text })
            webhook(opportunityId)
          }),
      },
      rd: {
        ...systems.rd,
        findContact: by => step(() => ({ uuid: personOf(by).uuid, email: personOf(by).email })),
        findFunnel: by => step(() => ({ ...personOf(by).funnel })),
        unmarkOpportunity: uuid =>
          step(() => {
            const { funnel } = personOf({ uuid })
            funnel.opportunity = false
            return { ...funnel }
          }),
        listMarkTimes: uuid => step(() => ({ times: personOf({ uuid }).eventTimes, aheadMs: 0 })),
        sendMark: mark =>
          step(() => {
            marksSent += 1
            const kind = fault !== undefined && 'mark' in fault && fault.mark === marksSent ? fault.kind : undefined
            if (kind === 'refuse') throw new PermanentFailure('RD_REJECTED')
            if (kind !== 'drop before') {
              const person = personOf(mark)
              const detail =
                mark.type === 'SALE' ? String(mark.value) : mark.type === 'OPPORTUNITY_LOST' ? mark.reason : ''
              const { shown, unmarking, sold, unanswered } = contactRecord(person) ?? { shown: false, sold: false }
              const isSeen = shown && unmarking !== true
              sent = {
                to: person.uuid,
                type: mark.type,
                detail,
                isRecorded: false,
                isUnverifiable: !isSeen && (mark.type === 'OPPORTUNITY_LOST' || (mark.type === 'SALE' && sold)),
                hasCause: ids.some(
                  each =>
                    lastRead(each) === 'PROGRESS' ||
                    (unanswered?.mark === 'opportunity' &&
                      unanswered.opportunityId === each &&
                      markOf(each)?.marked === 'none'),
                ),
              }
              marks.push(sent)
              person.funnel.opportunity = mark.type === 'OPPORTUNITY'
              if (mark.type === 'SALE') person.funnel.lifecycle_stage = 'Client'
              if (mark.type === 'OPPORTUNITY')
                person.eventTimes.unshift(Math.max(Date.now(), (person.eventTimes[0] ?? 0) + 1))
            }
            if (kind !== undefined)
              throw new TransientFailure('RD_UNREACHABLE', {
                system: 'rd-station',
                outage: true,
                isOutcomeUnknown: true,
              })
            return { eventUuid: 'event' }
          }),
      },
    })
  }

  const detailOwners = new Map<string, string>()

  return {
    opportunities,
    markOf,
    statusOf,
    contactRecord,
    funnel: first.funnel,
    people,
    /** Whose opportunity it is in TOTVS CRM. */
    ownerIn: (opportunityId: string) => namedIn(opportunities.get(opportunityId)?.leadId ?? ''),
    nameIn,
    marks,
    jobs,
    /** The states of each opportunity that runs have read, and those that finished runs had read last. */
    ...{ reads, finished },
    /** How often a run for each opportunity has failed permanently, as a round of `statusRD` does. */
    failures,
    /** What all runs have counted. A worker that was killed counts nothing. */
    counted: (): Figures => sumFigures(figures),
    ownerOf: (detail: string): string | undefined => detailOwners.get(detail),

    /** A salesperson changes the opportunity; TOTVS CRM sends its webhook. */
    change(opportunityId: string, status: Status): void {
      const detail = status === 'PROGRESS' ? '' : String((changes += 1))
      detailOwners.set(detail, opportunityId)
      opportunities.set(opportunityId, { ...(opportunities.get(opportunityId) ?? opened), status, detail })
      webhook(opportunityId)
    },
    webhook,
    /** Ponte has opened the opportunity, and no event of it has come yet. */
    openByPonte: (id: string): unknown =>
      state.run({ changes: [ledger.beginningOf(id, 'none'), ledger.addingOpportunityOf(first.uuid, id)] }),

    /** A salesperson gives the opportunity to the other lead, or back. */
    giveAway(opportunityId: string): void {
      const stand = opportunities.get(opportunityId) ?? opened
      opportunities.set(opportunityId, { ...stand, leadId: stand.leadId === 'lead' ? 'other' : 'lead' })
      webhook(opportunityId)
    },

    /** A person asks for another try in `statusRD`; TOTVS CRM sends its webhook. */
    askAgain(opportunityId: string): void {
      opportunities.set(opportunityId, { ...(opportunities.get(opportunityId) ?? opened), statusRD: 'REENVIAR' })
      webhook(opportunityId)
    },

    /** Runs the nth waiting job once, as `run-job.ts` would; a job that is not done comes back. */
    async run(index: number, fault?: Fault): Promise<void> {
      const [job] = jobs.splice(index % jobs.length, 1)
      if (job === undefined) return
      if (job.readyAt > Date.now()) vi.setSystemTime(job.readyAt)
      const comeBack = (changed: Partial<WaitingJob>): void => void jobs.push({ ...job, ...changed })
      const context = contextOf(job, fault)
      const processing =
        job.name === 'status-rd.changed'
          ? statusRdChanged(job.data, context)
          : opportunityChanged('opportunity.updated')(job.data, context)
      const count = (): unknown => figures.push(toFigures(context.figures.done.counts))
      try {
        noteEnd(job, await processing.run())
        count()
      } catch (error) {
        if (!(error instanceof Error && error.message === 'killed')) count()
        if (error instanceof JobDelayed) return comeBack({ readyAt: Date.now() + error.waitMs })
        if (!(error instanceof PermanentFailure)) {
          const isKilled = error instanceof Error && error.message === 'killed'
          if (!isKilled && !(error instanceof TransientFailure)) throw error
          // A job that is tried again comes after its backoff.
          return comeBack({ readyAt: Date.now() + 10_000 })
        }
        const { opportunityId } = job.data
        if (job.name === 'opportunity.updated') failures.set(opportunityId, (failures.get(opportunityId) ?? 0) + 1)
        await processing.afterFailure?.(error)
      }
    },
  }

  function noteEnd({ name, data: { opportunityId } }: WaitingJob, { outcome, summary }: JobResult): void {
    if (
      name !== 'opportunity.updated' ||
      !(outcome === 'done' || [summary].flat().some(({ key }) => key === 'mark-up-to-date'))
    )
      return
    const status = reads.get(opportunityId)?.at(-1)
    if (status !== undefined) finished.get(opportunityId)?.push(status)
  }
}

/** A queue that hands its jobs to the world. */
function playQueue(
  queue: Queue,
  add: (name: WaitingJob['name'], data: WaitingJob['data'], added: AddedJob | undefined) => void,
  remove: (id: string) => void,
): void {
  vi.spyOn(queue, 'add').mockImplementation((name, data, options) => {
    if (name === 'opportunity.updated' || name === 'status-rd.changed') add(name, data, options)
    return Promise.resolve(new Job(queue, name, data))
  })
  vi.spyOn(queue, 'remove').mockImplementation(id => Promise.resolve(remove(id)).then(() => 1))
}
