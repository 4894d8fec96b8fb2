import { eventOfJob } from '@ponte/contracts'
import { type Audit, createTenantMode, createTimelines, type Fingerprint, type KeptJob } from '@ponte/state'
import { endRest, type WayBackDeps } from './way-back.ts'

export interface RestDecision extends WayBackDeps {
  readonly audit: Audit
  readonly fingerprint: Fingerprint
  /** Who decides, by the name of the audit trail. */
  readonly user: string
}

/**
 * Sends or drops the rest for a person, of the board or the command line, and records it: in the audit trail how many events these were, and
 * in the timeline of each one that is dropped. Gives how many. Undefined while somebody else does either, or erases a person.
 */
export async function decideRest(
  how: 'send' | 'drop',
  { audit, fingerprint, user, ...deps }: RestDecision,
): Promise<number | undefined> {
  const { redis, tenant } = deps
  const timelines = createTimelines(redis, tenant.name, fingerprint)
  const held = await createTenantMode(redis, tenant.name).rest.count()
  const entry = { user, action: `rest-${how}`, tenant: tenant.name }
  const recordEnd = await audit.begin({ ...entry, outcome: 'done', detail: `${held} ?` })
  const recordDropped = async (job: KeptJob): Promise<void> => {
    const { event, key, receivedAt, jobId } = eventOfJob({ ...job, timestamp: job.receivedAt })
    const of = { event, key, receivedAt, jobId, identities: [] }
    // The job is gone, and a timeline that cannot be written must not keep the others.
    await timelines.record(of, { kind: 'removed', at: Date.now(), by: user, jobId }).catch(() => undefined)
  }
  let ended = 0
  let isOver = false
  try {
    const jobs = await endRest(how, deps, async batch => {
      ended += batch.length
      if (how === 'drop') await Promise.all(batch.map(recordDropped))
    })
    isOver = true
    return jobs?.length
  } finally {
    const outcome = ended > 0 ? 'done' : 'failed'
    const written = recordEnd({ ...entry, outcome, detail: String(ended > 0 ? ended : held) })
    // The error that stopped the work says more than an error of its record.
    await (isOver ? written : written.catch(() => undefined))
  }
}
