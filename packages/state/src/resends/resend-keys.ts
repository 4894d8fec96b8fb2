import { readFileSync } from 'node:fs'
import path from 'node:path'
import { stateKey } from '../redis/keys.ts'

/** Lua for the script that records the end of a run: `count_resend(job, job_id, outcome, records, under_way)`. */
export const countResendLua = readFileSync(path.join(import.meta.dirname, 'count-resend.lua'), 'utf8')

/** A resend that has not written for so long does so no more: its process has ended. */
export const STALE_MS = 60_000

/**
 * Of one tenant: a record for each resend, the jobs under way of each of its parts with the times at which they had failed, and the newest
 * resends by time. A job of a resend names both in its hash, in the field `resend`.
 */
export const resendKeys = (tenant: string) => ({
  records: stateKey(tenant, 'resend', ''),
  underWay: stateKey(tenant, 'resend-jobs', ''),
  index: stateKey(tenant, 'resends'),
})

/** What a resend has of one queue; `*`: whatever has failed there. */
export const partName = (queue: string, code: string | undefined): string => `${queue}/${code ?? '*'}`
