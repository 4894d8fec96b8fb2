import { z } from 'zod'
import { commaList } from './fields.ts'

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

interface Login {
  readonly username?: string
  readonly password?: string
  readonly tls: boolean
}

type RedisServer = Login & RedisAddress & { readonly kind: 'server'; readonly database: number }

/** Where Redis is: one server, the primary that Sentinel names, or a Cluster. */
export type RedisTarget =
  | RedisServer
  | (Login & {
      readonly kind: 'sentinel'
      readonly sentinels: readonly RedisAddress[]
      readonly name: string
      readonly sentinelPassword?: string
    })
  | (Login & { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[] })

/** `host:port`, or `[::1]:port`. */
function toAddress(text: string): RedisAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

const addresses = commaList.transform((parts, context): readonly RedisAddress[] => {
  const found = parts.flatMap(part => toAddress(part) ?? [])
  if (found.length > 0 && found.length === parts.length) return found
  context.addIssue({ code: 'custom', message: 'must be addresses such as redis-1:6379,redis-2:6379' })
  return z.NEVER
})

const serverAddress = z
  .url({ protocol: /^rediss?$/, error: 'must be an address such as redis://127.0.0.1:6379' })
  .transform((text, context) => {
    const server = readServerAddress(new URL(text))
    if (server !== undefined) return server
    context.addIssue({
      code: 'custom',
      message: 'must have nothing behind the port but the number of a database, as in redis://127.0.0.1:6379/1',
    })
    return z.NEVER
  })

function readServerAddress(url: URL): RedisServer | undefined {
  const [, digits = '0'] = /^\/?(\d{1,5})?$/.exec(url.pathname) ?? []
  // Options behind a question mark would reach the library as they are, and could switch off what Ponte relies on.
  if (!/^\/?\d{0,5}$/.test(url.pathname) || url.search !== '' || url.hash !== '') return undefined
  const [username, password] = [decode(url.username), decode(url.password)]
  if (username === undefined || password === undefined) return undefined
  return {
    kind: 'server',
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    database: Number(digits),
    tls: url.protocol === 'rediss:',
    ...loginOf(username, password),
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const loginOf = (username = '', password = '') => ({ ...(username && { username }), ...(password && { password }) })

/** The server at an address. Throws for what is none. */
export const redisAt = (url: string): RedisServer => serverAddress.parse(url)

/** The variables that say where Redis is. */
export const redisVariables = z.object({
  REDIS_URL: serverAddress
    .optional()
    .describe(
      'Redis, e.g. `redis://user:password@127.0.0.1:6379`, or `rediss://` for TLS. One of the three is required: this one, `REDIS_SENTINELS` or `REDIS_CLUSTER`',
    ),
  REDIS_SENTINELS: addresses
    .optional()
    .describe('the [Sentinels](operating/redis.md#sentinel) that know the primary: `host:port,host:port`'),
  REDIS_SENTINEL_NAME: z.string().optional().describe('the name that they give to it; required with `REDIS_SENTINELS`'),
  REDIS_SENTINEL_PASSWORD: z.string().optional().describe('password of the Sentinels themselves, where they have one'),
  REDIS_CLUSTER: addresses
    .optional()
    .describe(
      'some servers of a [Redis Cluster](operating/redis.md#cluster), by which the others are found: `host:port,host:port`',
    ),
  REDIS_USERNAME: z.string().optional().describe('user of Redis, with `REDIS_SENTINELS` or `REDIS_CLUSTER`'),
  REDIS_PASSWORD: z.string().optional().describe('its password, with `REDIS_SENTINELS` or `REDIS_CLUSTER`'),
  REDIS_TLS: z
    .enum(['true', 'false'])
    .optional()
    .describe('whether Redis and Sentinels are spoken to by TLS, with `REDIS_SENTINELS` or `REDIS_CLUSTER`'),
})

/** The names of the three ways to say where Redis is. */
const ways = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER'] as const

const wayOfKind = {
  server: 'REDIS_URL',
  sentinel: 'REDIS_SENTINELS',
  cluster: 'REDIS_CLUSTER',
} as const satisfies Record<RedisTarget['kind'], (typeof ways)[number]>

/** The variable that says where this Redis is. */
export const redisSettingOf = ({ kind }: RedisTarget): string => wayOfKind[kind]

/** Where Redis is, from the variables of `redisVariables`. */
export const redisTarget = redisVariables.transform((settings, context): RedisTarget => {
  const chosen = ways.filter(way => settings[way] !== undefined)
  const refuse = (name: string, message: string): never => {
    context.addIssue({ code: 'custom', path: [name], message })
    return z.NEVER
  }
  if (chosen.length === 0) return refuse(ways.join(', '), 'must be set, exactly one of the three; none is')
  if (chosen.length > 1) return refuse(ways.join(', '), 'must be set, exactly one of the three; several are')
  const { REDIS_URL: server, REDIS_SENTINELS: sentinels, REDIS_CLUSTER: nodes } = settings
  if (server !== undefined && settings.REDIS_TLS === 'true' && !server.tls)
    // Personal data would cross the network in clear, although somebody wanted the opposite.
    return refuse('REDIS_TLS', 'is true, and REDIS_URL begins with redis://; write rediss:// there')
  if (server !== undefined) return server
  const login = { tls: settings.REDIS_TLS === 'true', ...loginOf(settings.REDIS_USERNAME, settings.REDIS_PASSWORD) }
  if (nodes !== undefined) return { kind: 'cluster', nodes, ...login }
  const { REDIS_SENTINEL_NAME: name, REDIS_SENTINEL_PASSWORD: sentinelPassword } = settings
  if (name === undefined) return refuse('REDIS_SENTINEL_NAME', 'must be set, because REDIS_SENTINELS is')
  return { kind: 'sentinel', sentinels: sentinels ?? [], name, ...(sentinelPassword && { sentinelPassword }), ...login }
})
