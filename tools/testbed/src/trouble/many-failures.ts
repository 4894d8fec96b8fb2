import type { Redis } from 'ioredis'

type Kind = 'totvs-crm' | 'rd-station' | 'quarantine'

/** A job that was planted, of an event of its own unless others have its opportunity. */
export interface PlantedJob {
  readonly tenant: string
  readonly kind: Kind
  readonly id: string
  readonly state: 'failed' | 'wait' | 'prioritized' | 'delayed' | 'active'
  readonly event: string
  /** Of what has failed. */
  readonly code?: string
  readonly opportunityId?: string
  /** When it failed, or is due, in milliseconds since 1970. */
  readonly at: number
  /** When it came, in milliseconds since 1970. Default: a second before. */
  readonly cameAt?: number
}

export interface ManyFailures {
  readonly tenants: readonly string[]
  /** Failed jobs of all tenants together. */
  readonly failed: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What fails, in turn. `ofOne`: the mark is of the same opportunity as the one of this kind before. */
const failing: readonly (Pick<PlantedJob, 'kind' | 'event'> & { readonly code: string; readonly ofOne?: true })[] = [
  { kind: 'totvs-crm', event: 'lead.registered', code: 'CRM_REJECTED' },
  { kind: 'rd-station', event: 'opportunity.won', code: 'RD_REJECTED' },
  { kind: 'totvs-crm', event: 'lead.registered', code: 'CRM_CONFLICT' },
  // The later failure of the opportunity is the one that counts, also where it has another cause or is another event.
  { kind: 'rd-station', event: 'opportunity.won', code: 'RD_CONTACT_NOT_FOUND', ofOne: true },
  { kind: 'totvs-crm', event: 'lead.registered', code: 'CRM_REJECTED' },
  { kind: 'rd-station', event: 'opportunity.created', code: 'RD_REJECTED' },
  { kind: 'totvs-crm', event: 'lead.registered', code: 'CRM_VALUE_MISSING' },
  { kind: 'rd-station', event: 'opportunity.lost', code: 'RD_REJECTED', ofOne: true },
  { kind: 'quarantine', event: 'delivery', code: 'LEAD_WITHOUT_IDENTITY' },
  { kind: 'rd-station', event: 'opportunity.lost', code: 'WITHOUT_CODE' },
]

/** What has not ended, of each tenant. */
const open: readonly Pick<PlantedJob, 'kind' | 'event' | 'state'>[] = [
  { kind: 'totvs-crm', event: 'lead.registered', state: 'wait' },
  { kind: 'totvs-crm', event: 'lead.registered', state: 'wait' },
  { kind: 'totvs-crm', event: 'lead.registered', state: 'prioritized' },
  { kind: 'rd-station', event: 'opportunity.won', state: 'wait' },
  { kind: 'rd-station', event: 'opportunity.lost', state: 'delayed' },
  { kind: 'totvs-crm', event: 'lead.registered', state: 'delayed' },
]

const DAY_MS = 24 * 3_600_000
/** BullMQ (6.7.0) orders delayed jobs by their time to run, times this, and those with a priority by it, times 2^32. */
const DELAYED_SCORE = 0x1000
const PRIORITY_SCORE = 0x100000000
const AT_ONCE = 2000

const opportunityOf = (number: string): string => `9d1f3a52-0000-4000-8000-${number.padStart(12, '0')}`

/** Jobs as BullMQ keeps them, of many tenants, in seconds: nothing runs, so timelines and figures do not have them. */
export async function plantFailures(redis: Redis, of: ManyFailures): Promise<readonly PlantedJob[]> {
  const jobs = [...failedJobsOf(of), ...openJobsOf(of)]
  await plantJobs(redis, jobs, of.now)
  return jobs
}

/** `now`: milliseconds since 1970. */
export async function plantJobs(redis: Redis, jobs: readonly PlantedJob[], now: number): Promise<void> {
  for (let done = 0; done < jobs.length; done += AT_ONCE) {
    const pipeline = redis.pipeline()
    for (const job of jobs.slice(done, done + AT_ONCE)) addTo(pipeline, job, now)
    const answers = (await pipeline.exec()) ?? []
    const error = answers.find(([each]) => each !== null)?.[0]
    if (error) throw error
  }
}

/** Each tenant has as many as every other one, over the last day. */
const failedJobsOf = ({ tenants, failed, now }: ManyFailures): readonly PlantedJob[] =>
  Array.from({ length: failed }, (_, index) => index).flatMap((index): readonly PlantedJob[] => {
    const turn = Math.floor(index / tenants.length)
    const one = failing[turn % failing.length]
    if (one === undefined) return []
    const { ofOne, ...job } = one
    const number = String(ofOne === true ? index - 2 * tenants.length : index)
    return [
      {
        ...{ ...job, tenant: tenants[index % tenants.length] ?? '', state: 'failed', id: `planted-${index}` },
        at: now - DAY_MS + Math.floor((index * DAY_MS) / failed),
        ...(job.kind === 'rd-station' && { opportunityId: opportunityOf(number) }),
      },
    ]
  })

/** The tenants differ in how much waits. */
const openJobsOf = ({ tenants, now }: ManyFailures): readonly PlantedJob[] =>
  tenants.flatMap((tenant, index) =>
    open.slice(0, index % (open.length + 1)).map((job, place) => ({
      ...{ ...job, tenant, id: `open-${place}`, at: job.state === 'delayed' ? now + DAY_MS : now },
      ...(job.kind === 'rd-station' && { opportunityId: opportunityOf(`9${index}${place}`) }),
    })),
  )

function addTo(pipeline: ReturnType<Redis['pipeline']>, job: PlantedJob, now: number): void {
  const { tenant, kind, id, state, event, code, at } = job
  const keyOf = (part: string): string => `{${tenant}}:${tenant}.${kind}:${part}`
  const reason = code === 'WITHOUT_CODE' ? 'job stalled more than allowable limit' : `${code}: It was refused.`
  const { cameAt = Math.min(at, now) - 1000 } = job
  pipeline.hset(keyOf(id), {
    ...{ name: event, data: JSON.stringify(dataOf(job, cameAt)), opts: '{"attempts":3}', delay: 0, priority: 0 },
    timestamp: cameAt,
    ...(state === 'failed' && {
      ...{ failedReason: reason, processedOn: at - 500, finishedOn: at, atm: 1, ats: 1, stacktrace: '["planted"]' },
    }),
    ...(state === 'delayed' && { delay: DAY_MS }),
    ...(state === 'prioritized' && { priority: 1 }),
  })
  if (state === 'failed') {
    const line = `${new Date(at).toISOString()} ${code}: LEAD-${Number(id.slice(-1)) % 3}: the field is not valid`
    pipeline.zadd(keyOf('failed'), at, id).rpush(keyOf(`${id}:logs`), line)
  } else if (state === 'wait') pipeline.lpush(keyOf('wait'), id)
  else if (state === 'delayed') pipeline.zadd(keyOf('delayed'), at * DELAYED_SCORE, id)
  else if (state === 'prioritized') pipeline.zadd(keyOf('prioritized'), PRIORITY_SCORE, id)
  else
    pipeline
      .hset(keyOf(id), 'processedOn', now)
      .lpush(keyOf('active'), id)
      .set(keyOf(`${id}:lock`), 'token')
}

function dataOf({ kind, id, tenant, opportunityId }: PlantedJob, cameAt: number): object {
  const event = { v: 1, key: `${tenant}-${id}`, receivedAt: new Date(cameAt).toISOString() }
  if (kind === 'quarantine') return { v: 1, receivedAt: event.receivedAt, body: '{"leads":[{}]}', source: 'rd-station' }
  if (kind === 'rd-station') return { ...event, opportunityId, contextUrl: '/x' }
  return { ...event, lead: { name: 'Planta Falha', email: `${id}@planted.example` } }
}
