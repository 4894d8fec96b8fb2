import { readFileSync } from 'node:fs'
import path from 'node:path'
import { stateKey } from '../redis/keys.ts'

/** Lua for the scripts that count how jobs of a resend end: `resend_of(job)`, `count_resend(…)`, `outcome_of(…)`. */
export const countResendLua = readFileSync(path.join(import.meta.dirname, 'count-resend.lua'), 'utf8')

/** A resend that has not written for so long does so no more: its process has ended. */
export const STALE_MS = 60_000

/** Of one tenant, what was asked in a resend and what came of it. The jobs under way of each part stand in `<key>:<part>`. */
export const resendKey = (tenant: string, id: string): string => stateKey(tenant, 'resend', id)

/** The newest resends of a tenant by time. */
export const resendIndexKey = (tenant: string): string => stateKey(tenant, 'resends')

/** What a resend has of one queue; `*`: whatever has failed there. */
export const partName = (queue: string, code: string | undefined): string => `${queue}/${code ?? '*'}`
