import { readFileSync } from 'node:fs'
import path from 'node:path'
import { stateKey } from '../redis/keys.ts'

/** Lua for the scripts that count how jobs of a retry end: `retry_of(job)`, `count_retry(…)`, `outcome_of(…)`. */
export const countRetryLua = readFileSync(path.join(import.meta.dirname, 'count-retry.lua'), 'utf8')

/** The record of a retry for one tenant: what was asked, and what came of it. The jobs under way of each part are in `<key>:<part>`. */
export const retryKey = (tenant: string, id: string): string => stateKey(tenant, 'retry', id)

/** The newest retries of a tenant by time. */
export const retryIndexKey = (tenant: string): string => stateKey(tenant, 'retries')

/** The name of one queue's part of a retry. `*`: jobs with any code. */
export const partName = (queue: string, code: string | undefined): string => `${queue}/${code ?? '*'}`
