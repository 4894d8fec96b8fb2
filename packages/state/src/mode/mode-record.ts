import { isRecord, type Owner, ownerOf, parseJson } from '@ponte/contracts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { listOf } from '../redis/load-script.ts'

const time = z.coerce.number().optional()
const flag = z
  .literal('1')
  .transform((): true => true)
  .optional()

/** Whether Ponte writes for a tenant. All times in milliseconds since 1970. */
export type ModeRecord = z.infer<typeof modeRecord>
export const modeRecord = z.object({
  mode: z.enum(['shadow', 'live']).default('live'),
  since: z.coerce.number().default(0),
  /** When the last shadow began, and when it ended. Absent: there was none; it has not ended. */
  shadowSince: time,
  shadowEndedAt: time,
  /** When the package was off, as `switch` was told, and when `switch` was told it. */
  offAt: time,
  switchedAt: time,
  /** Of the jobs of the shadow, those received until then may be gone. */
  prunedUntil: time,
  /** Jobs of the shadow are still to be enqueued: until then no job of the tenant runs. */
  isGoingLive: flag,
  /** On the way back: what is Ponte's is still done. */
  isDraining: flag,
  /** After a way back: a tenants file that says `live` does not count before `switch` has named a new time. */
  needsSwitch: flag,
  /** Until when the package had done the work before this shadow. Absent: it never did. */
  formerUntil: time,
})

/** A job that is kept outside the queues, as it was: personal data. */
export type KeptJob = z.infer<typeof keptJob>
const keptJob = z.object({
  id: z.string(),
  queue: z.enum(['totvs-crm', 'rd-station', 'quarantine']),
  name: z.string(),
  data: z.unknown(),
  /** Milliseconds since 1970. */
  receivedAt: z.number(),
  /** BullMQ's. Absent: before all jobs that have one. */
  priority: z.number().optional(),
  /** Milliseconds since 1970. A job that was delayed does not run earlier, also when it is sent. */
  dueAt: z.number().optional(),
})

/** The kept jobs in texts of Redis. One that is gone, or of a newer version, is left out. */
export const readKeptJobs = (texts: readonly (string | null)[]): readonly KeptJob[] =>
  texts.flatMap(text => keptJob.safeParse(parseJson(text ?? '')).data ?? [])

/** Until when the package did the work of the tenant, in milliseconds since 1970: in the shadow it still does. Absent: it never did. */
export const packageUntil = ({ mode, offAt, shadowEndedAt }: ModeRecord): number | undefined =>
  mode === 'shadow' ? Infinity : (offAt ?? shadowEndedAt)

/** What is known of an event: who owns it, and when it was received, in milliseconds since 1970. */
export interface OwnedEvent {
  readonly owner: Owner
  readonly receivedAt: number
}

/** Whether an event of the shadow that runs live is the package's. What is Ponte's stays Ponte's, whatever the times say. */
export const isOfPackage = (record: ModeRecord, { owner, receivedAt }: OwnedEvent): boolean =>
  owner === 'shadow' && record.mode === 'live' && receivedAt < (packageUntil(record) ?? Infinity)

/** An event of Ponte's runs after the package has taken over again: it may have done it meanwhile. */
export const isLate = (record: ModeRecord, { owner, receivedAt }: OwnedEvent): boolean =>
  owner === 'ponte' && (record.mode === 'shadow' || receivedAt < (record.shadowSince ?? -Infinity))

/**
 * Whether a job with these data is part of the rest: it is Ponte's, and its tenant is back in the shadow and drains no more. One that a
 * person has sent in this shadow is not.
 */
export const isRest = ({ mode, isDraining, shadowSince }: ModeRecord, data: unknown): boolean =>
  mode === 'shadow' &&
  isDraining !== true &&
  ownerOf(data) === 'ponte' &&
  !(isRecord(data) && data['sentIn'] === shadowSince)

/** `packageUntil` as it was for an event: one of Ponte's from before this shadow came while the package was off. */
export const packageUntilFor = (record: ModeRecord, event: OwnedEvent): number | undefined =>
  event.owner === 'ponte' && (record.mode === 'shadow' || event.receivedAt < (record.shadowSince ?? -Infinity))
    ? record.formerUntil
    : packageUntil(record)

/**
 * Whether processes with a tenants file of this mode may start jobs of the tenant. The way back is a command's: a file alone brings no
 * tenant into the shadow, and after a way back none brings it out before a switch.
 */
export const isFollowedBy = (record: ModeRecord, modeOfFile: ModeRecord['mode']): boolean => record.mode === modeOfFile

/**
 * The command that people must run before processes with a tenants file of this mode start jobs of the tenant. Undefined: none. Where Redis
 * has no mode yet, or no way back stands against `live`, it follows the next process that tells its file.
 */
export function neededCommand(record: ModeRecord, modeOfFile: ModeRecord['mode']): 'shadow' | 'switch' | undefined {
  if (record.since === 0 || isFollowedBy(record, modeOfFile)) return undefined
  if (modeOfFile === 'shadow') return 'shadow'
  return record.needsSwitch === true ? 'switch' : undefined
}

export const modeKey = (tenant: string): string => stateKey(tenant, 'mode')

/** Reads the record from the fields and values of its hash. */
export function toModeRecord(answer: unknown): ModeRecord {
  const texts = listOf(answer).map(String)
  return modeRecord.parse(Object.fromEntries(texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]]] : []))))
}
