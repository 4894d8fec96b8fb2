import { eventOfJob, identitiesOf, isRecord, registeredLead } from '@ponte/contracts'
import { createTimelines, timelineId } from '@ponte/state'
import type { Job, JobType } from 'bullmq'
import { foundByJob, type FoundEvent } from '../events/read-event.ts'
import { foldedWords } from '../masking/vocabulary.ts'
import { findQueue, type OperationsDeps } from '../operations-deps.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { budgetOf, readJob } from '../queues/read-jobs.ts'

/** What one search reads at most: jobs, bytes of their data, and how many it finds. Then a person may have it go on. */
const MAX_JOBS = 2000
const MAX_BYTES = 4 * 1024 * 1024
const MAX_FOUND = 10
/** With less left, a job's data might not be read. */
const LEAST_LEFT = 64 * 1024
const AT_ONCE = 200

/** Failed jobs first, then those to come, then the newest of what ended. */
const states: readonly JobType[] = ['failed', 'active', 'wait', 'prioritized', 'delayed', 'completed']

export interface FoundByName {
  /** Whom it has found: what each lead is known by. Somebody may have several events. */
  readonly persons: readonly (readonly string[])[]
  readonly found: readonly FoundEvent[]
  /** How many jobs were looked at. */
  readonly looked: number
  /** Where a further search begins. Undefined when all jobs were looked at. */
  readonly next: string | undefined
}

/** May this text be a name? Everything else is found exactly. */
export const isName = (text: string): boolean => /^\p{L}[\p{L}\p{M}\s'’.-]{1,100}$/u.test(text)

/**
 * Events of leads whose job is still in a queue and whose name has all these words, whole. Ponte keeps no index of
 * names: the data of jobs are looked through, a bounded number of bytes at a time. Nothing but names is looked at, so that nobody finds out
 * what else people wrote. `from`: where an earlier search ended.
 */
export async function findByName(deps: OperationsDeps, query: string, from: string | undefined): Promise<FoundByName> {
  const wanted = foldedWords(query)
  const places = deps.tenants.flatMap(({ name: tenant }) => {
    const queueRef = findQueue(deps, { tenant, kind: 'totvs-crm' })
    return queueRef === undefined ? [] : states.map(state => ({ queueRef, state }))
  })
  const [begin = 0, skip = 0] = (/^\d{1,6}\.\d{1,9}$/.exec(from ?? '')?.[0] ?? '0.0').split('.').map(Number)
  const budget = budgetOf(MAX_BYTES)
  const found: FoundEvent[] = []
  const persons = new Map<string, readonly string[]>()
  let looked = 0
  const isSpent = (): boolean => looked >= MAX_JOBS || budget.left < LEAST_LEFT || found.length >= MAX_FOUND
  for (let index = begin; index < places.length; index += 1) {
    const { queueRef, state } = places[index] ?? {}
    if (queueRef === undefined || state === undefined) continue
    let offset = index === begin ? skip : 0
    for (let isOver = false; !isOver;) {
      const ids = await queueRef.queue.getRanges([state], offset, offset + AT_ONCE - 1, false)
      isOver = ids.length < AT_ONCE
      for (const id of ids) {
        if (isSpent()) return { found, persons: [...persons.values()], looked, next: `${index}.${offset}` }
        const job = await readJob(deps.redis, queueRef.queue, id, budget)
        looked += 1
        offset += 1
        if (job === undefined || !isNamed(job, wanted)) continue
        found.push(await toFound(deps, queueRef, job))
        const person = personOf(job)
        persons.set(JSON.stringify(person), person)
      }
    }
  }
  return { found, persons: [...persons.values()], looked, next: undefined }
}

function personOf({ data }: Job): readonly string[] {
  const lead = registeredLead.safeParse(isRecord(data) ? data['lead'] : undefined).data
  return (lead && identitiesOf(lead))?.map(({ value }) => value) ?? []
}

/** Does the lead's name have each of these words? A part of one would find many whom nobody asked for. */
function isNamed({ data }: Job, wanted: readonly string[]): boolean {
  const lead = isRecord(data) ? data['lead'] : undefined
  const name = isRecord(lead) ? lead['name'] : undefined
  if (typeof name !== 'string') return false
  const words = foldedWords(name)
  return wanted.length > 0 && wanted.every(each => words.includes(each))
}

async function toFound(deps: OperationsDeps, queueRef: QueueRef, job: Job): Promise<FoundEvent> {
  const [state, entries] = await Promise.all([
    queueRef.queue.getJobState(job.id ?? ''),
    createTimelines(deps.redis, queueRef.tenant.name, deps.fingerprint).read(timelineId(eventOfJob(job).key)),
  ])
  return foundByJob({ queueRef, job, state }, entries)
}
