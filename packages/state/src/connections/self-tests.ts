import { isFailureCode, parseJson, type System, systems } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'

const KEEP_S = 400 * 24 * 3600
/** A request that no worker has taken by then is dropped: its person has gone. */
const REQUEST_LIFE_MS = 60_000

/** Whether no worker is going to answer what was asked then. Times in milliseconds since 1970. */
export const isRequestOver = (askedAt: number, now: number): boolean => now - askedAt > REQUEST_LIFE_MS

const REQUESTS = 'ponte:self-tests'
const ALERTS = 'ponte:self-test:alerts'
/** How often the same may be tested. */
const PAUSES_MS = { connection: 5000, alerts: 60_000 }

/** What a person asks the workers to test: the connection of a tenant to a system, or whether alerts arrive. */
export type SelfTestSubject = z.infer<typeof subject>
const subject = z.union([z.object({ tenant: z.string(), system: z.enum(systems) }), z.literal('alerts')])
const request = z.object({ subject, askedAt: z.number() })

/** The last test of a subject. Without `endedAt` no worker has answered yet. Times in milliseconds since 1970. */
export type SelfTest = KnownMembers<z.infer<typeof selfTest>>
const selfTest = z.looseObject({
  askedAt: z.number(),
  endedAt: z.number().optional(),
  /** How long the system took to answer. */
  durationMs: z.number().optional(),
  /** Why the call failed. */
  code: z.string().refine(isFailureCode).optional(),
  /** The call was not made: calls are paused, or the quota is used up. */
  notCalled: z.boolean().optional(),
  /** Of a test of alerts: the channels that are set up, and what became of the message. */
  channels: z
    .array(z.looseObject({ name: z.enum(['webhook', 'email']), result: z.enum(['sent', 'refused', 'unknown']) }))
    .optional(),
})

export type SelfTestResult = Omit<SelfTest, 'askedAt' | 'endedAt'>

/** Tests that a person asks for on the board. Workers make them, because they have the credentials and the alert settings. */
export function createSelfTests(redis: RedisClient, now: () => number = Date.now) {
  const record = createRecord<SelfTest>(redis, {
    schema: selfTest,
    keepS: KEEP_S,
    // At worst somebody tests again.
    unreadable: 'absent',
  })
  const keyOf = (of: SelfTestSubject): string =>
    of === 'alerts' ? ALERTS : stateKey(of.tenant, 'self-test', of.system)

  async function readOne(of: SelfTestSubject): Promise<SelfTest | undefined> {
    const [found] = await record.peek([keyOf(of)])
    return found
  }

  async function push(asked: z.infer<typeof request>): Promise<void> {
    await redis.rpush(REQUESTS, JSON.stringify(asked))
    await redis.pexpire(REQUESTS, REQUEST_LIFE_MS)
  }

  return {
    /** Asks the workers for a test. False when the last one was just now. */
    async ask(of: SelfTestSubject): Promise<boolean> {
      const askedAt = now()
      const last = await readOne(of)
      const pauseMs = PAUSES_MS[of === 'alerts' ? 'alerts' : 'connection']
      if (last !== undefined && askedAt - last.askedAt < pauseMs) return false
      await record.write(keyOf(of), { askedAt })
      await push({ subject: of, askedAt })
      return true
    },
    /**
     * Takes the oldest request, for one worker alone. Undefined when there is none, or when it is of a tenant that this worker does not
     * serve: then it is left to others.
     */
    async take(serves: (tenant: string) => boolean): Promise<SelfTestSubject | undefined> {
      const { data } = request.safeParse(parseJson((await redis.lpop(REQUESTS)) ?? ''))
      if (data === undefined || isRequestOver(data.askedAt, now())) return undefined
      if (data.subject === 'alerts' || serves(data.subject.tenant)) return data.subject
      await push(data)
      return undefined
    },
    /** Records what came of a test. */
    async conclude(of: SelfTestSubject, result: SelfTestResult): Promise<void> {
      const last = await readOne(of)
      await record.write(keyOf(of), { askedAt: last?.askedAt ?? now(), endedAt: now(), ...result })
    },
    /** The last test of each connection of a tenant. */
    async readConnections(tenant: string): Promise<Readonly<Partial<Record<System, SelfTest | undefined>>>> {
      const found = await record.peek(systems.map(system => keyOf({ tenant, system })))
      return Object.fromEntries(systems.map((system, index) => [system, found[index]]))
    },
    /** The last test of a subject. */
    read: readOne,
  }
}

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
