import { readFileSync } from 'node:fs'
import path from 'node:path'
import { stateKey } from '../redis/keys.ts'

/** Lua for the scripts that count how jobs of a resend end: `resend_of(job)`, `count_resend(…)`, `outcome_of(…)`. */
export const countResendLua = readFileSync(path.join(import.meta.dirname, 'count-resend.lua'), 'utf8')

/** The record of a resend for one tenant: what was asked, and what came of it. The jobs under way of each part are in `<key>:<part>`. */
export const resendKey = (tenant: string, id: string): string => stateKey(tenant, 'resend', id)

/** The newest resends of a tenant by time. */
export const resendIndexKey = (tenant: string): string => stateKey(tenant, 'resends')

/** The name of one queue's part of a resend. `*`: jobs with any code. */
export const partName = (queue: string, code: string | undefined): string => `${queue}/${code ?? '*'}`
