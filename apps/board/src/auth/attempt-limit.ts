import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyReply } from 'fastify'
import type { User } from '@ponte/operations'

/** Who tries to log in, and from where. */
export interface Attempt {
  readonly user: string
  readonly address: string
  /** A browser that has logged in as this user before. */
  readonly browser?: string | undefined
}

/** An attempt that may be made. */
export interface Begun {
  /** The password was right: the attempt does not count. */
  readonly succeed: () => Promise<void>
}

const failuresAMinute = (points: number): RateLimiterMemory => new RateLimiterMemory({ points, duration: 60 })

/** Characters of a user's name. Anybody may send a name of any length. */
const MAX_NAME = 200

/**
 * Slows down the guessing of passwords. A browser that has logged in before has a limit of its own, so that nobody can lock its user out by
 * guessing elsewhere. Kept in this process. Only failed logins count: each attempt is counted before its password is checked, and the count
 * is taken back when it was right. `@fastify/rate-limit` cannot do that.
 */
export function createAttemptLimit() {
  const ofAll = failuresAMinute(200)
  const ofAddress = failuresAMinute(20)
  const ofUser = failuresAMinute(15)
  const ofUserAtAddress = failuresAMinute(5)
  const ofBrowser = failuresAMinute(5)

  /** The widest limit comes first. Once it is used up, names that somebody invents are not remembered. */
  const limitsOf = ({ user, address, browser }: Attempt): readonly (readonly [RateLimiterMemory, string])[] => {
    if (browser !== undefined) return [[ofBrowser, browser]]
    const name = user.slice(0, MAX_NAME)
    const network = networkOf(address)
    return [
      [ofAll, 'all'],
      [ofAddress, network],
      [ofUser, name],
      [ofUserAtAddress, JSON.stringify([name, network])],
    ]
  }
  return {
    /**
     * Counts an attempt before its password is checked, so that many at once gain nothing over one after the other. When a limit is used
     * up, returns the seconds to wait instead, and the attempt counts nowhere.
     */
    async begin(attempt: Attempt): Promise<Begun | number> {
      const counted: (readonly [RateLimiterMemory, string])[] = []
      const takeBack = async (): Promise<void> => {
        await Promise.all(counted.map(([limit, key]) => limit.reward(key)))
      }
      for (const [limit, key] of limitsOf(attempt)) {
        counted.push([limit, key])
        const seconds = await limit.consume(key).then(() => 0, secondsToWait)
        if (seconds > 0) {
          await takeBack()
          return seconds
        }
      }
      return { succeed: takeBack }
    },
  }
}

/** The seconds to wait after a limiter refused. Throws what is no refusal. */
export function secondsToWait(refused: unknown): number {
  if (!(refused instanceof RateLimiterRes)) throw refused
  return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
}

export type AttemptLimit = ReturnType<typeof createAttemptLimit>

/** The network by which attempts are counted. For IPv6 it is the /64, because one subscriber has all its addresses. */
const networkOf = (address: string): string => normalizeIP(address)

interface Request {
  readonly ip: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Where an accepted login came from: the network, and the last address of the header, which a proxy adds. So clients behind a proxy that is
 * not named differ. A client that invents the header cannot pass for one of another network.
 */
export function originOf({ ip, headers }: Request): string {
  const forwarded = headers['x-forwarded-for']
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
  return JSON.stringify([networkOf(ip), last?.trim()])
}

/**
 * How often a user may do something in a minute. Counted by name, not by session, so that another login has no limit of its own. Kept in this
 * process.
 */
export function createUserLimit(mostAMinute: number) {
  const limit = new RateLimiterMemory({ points: mostAMinute, duration: 60 })
  return {
    /** Rejects with 429 when it is too often. What is refused does not count. */
    async require({ name }: Pick<User, 'name'>, reply: FastifyReply, times = 1): Promise<void> {
      const seconds = await limit.consume(name, times).then(() => 0, secondsToWait)
      if (seconds === 0) return
      await limit.reward(name, times)
      reply.header('retry-after', seconds)
      throw Object.assign(new Error('too often in a minute'), { statusCode: 429 })
    },
  }
}
