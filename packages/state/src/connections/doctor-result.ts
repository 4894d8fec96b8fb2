import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'

const KEEP_S = 400 * 24 * 3600

/** What the last `ponte doctor` found of a tenant. */
export type DoctorResult = KnownMembers<z.infer<typeof doctorResult>>
const doctorResult = z.looseObject({
  /** Milliseconds since 1970. */
  at: z.number(),
  /** The problems by check: names of rows, or codes of failures. Their facts may name people, so they are not kept. */
  problems: z.array(
    z.looseObject({
      check: z.string(),
      problem: z.string(),
      /** When it was found, in milliseconds since 1970, where the last run did not make this check. */
      at: z.number().optional(),
    }),
  ),
  /** Fingerprint of the variables that were checked. Others may be in the tenants file now. */
  variables: z.string(),
  /** Names of variables that have their sample value, which nothing has confirmed. */
  samples: z.array(z.string()),
})

export function createDoctorResults(redis: RedisClient) {
  const record = createRecord<DoctorResult>(redis, {
    schema: doctorResult,
    members: Object.keys(doctorResult.shape),
    keepS: KEEP_S,
    // At worst somebody runs it again.
    unreadable: 'absent',
  })
  const key = (tenant: string): string => stateKey(tenant, 'doctor')
  async function read(tenant: string): Promise<DoctorResult | undefined> {
    const [found] = await record.peek([key(tenant)])
    return found
  }
  const write = (tenant: string, result: DoctorResult): Promise<void> => record.write(key(tenant), result)
  return {
    read,
    write,
    /** Somebody has fixed what a check found, so it is no problem any more. */
    async fixed(tenant: string, check: string): Promise<void> {
      const found = await read(tenant)
      const problems = found?.problems.filter(each => each.check !== check)
      if (found !== undefined && problems?.length !== found.problems.length)
        await write(tenant, { ...found, problems: problems ?? [] })
    },
  }
}
