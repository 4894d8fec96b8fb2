import { createCalendar, createFigureCounts, createTimelines } from '@ponte/state'
import { timeZone } from '../ui/moment.ts'
import type { OpenBoard } from './open-board.ts'

type Counts = ReturnType<typeof createFigureCounts>

/** Noon of a day in the zone of the tests. */
export const noon = (day: string): number => Date.parse(`${day}T12:00:00`)

export const times = (number: number, work: () => void): void => Array.from({ length: number }).forEach(work)

/** Counts what a worker would count of a tenant at that time. */
export async function countResults(
  of: Pick<OpenBoard, 'redis' | 'fingerprint'>,
  tenant: string,
  at: number,
  fill: (counts: Counts) => void,
): Promise<void> {
  const counts = createFigureCounts()
  fill(counts)
  const timelines = createTimelines(of.redis, tenant, of.fingerprint, createCalendar(timeZone()))
  const event = { event: 'lead.registered', key: `key-${at}`, jobId: 'job-1', receivedAt: new Date(at).toISOString() }
  await timelines.record(
    { ...event, identities: [] },
    { kind: 'run', at, event: 'lead.registered', jobId: 'job-1', outcome: 'done' },
    { figures: { counts: counts.counts, ends: createFigureCounts().counts } },
  )
}
