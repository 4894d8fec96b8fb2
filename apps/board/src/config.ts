import { isIP } from 'node:net'
import { ConfigurationError, readConfiguration, setting } from '@ponte/runtime'
import { z } from 'zod'
import type { Accounts } from './credentials.ts'

/**
 * Addresses of the reverse proxies in front of the board, separated by commas. Only they are believed when they say that the
 * browser came over https (`X-Forwarded-Proto`) and from where (`X-Forwarded-For`).
 */
const trustedProxies = z
  .string()
  .default('')
  .transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== ''),
  )
  .refine(parts => parts.every(isAddressOrRange), 'must be addresses or ranges such as 10.0.0.0/8, or "loopback"')

/** Reads the board's settings and the tenants file. Throws ConfigurationError with every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const read = await readConfiguration(
    {
      REDIS_URL: setting.REDIS_URL,
      PONTE_CONFIG: setting.PONTE_CONFIG,
      PONTE_FINGERPRINT_KEY: setting.PONTE_FINGERPRINT_KEY,
      BOARD_PORT: setting.BOARD_PORT,
      BOARD_HOST: setting.BOARD_HOST,
      BOARD_USER: setting.BOARD_USER,
      BOARD_PASSWORD: setting.BOARD_PASSWORD,
      BOARD_VIEWER_USER: setting.BOARD_USER.optional(),
      BOARD_VIEWER_PASSWORD: setting.BOARD_PASSWORD.optional(),
      BOARD_TRUSTED_PROXIES: trustedProxies,
      /** An event that waits for longer is listed as stuck. */
      BOARD_STUCK_SECONDS: z.coerce.number().int().min(1).max(86_400).default(60),
      OPS_PORT: setting.OPS_PORT,
      OPS_HOST: setting.OPS_HOST,
      LOG_LEVEL: setting.LOG_LEVEL,
    },
    env,
    { uses: [] },
  )
  return {
    redisUrl: read.REDIS_URL,
    fingerprintKey: read.PONTE_FINGERPRINT_KEY,
    tenants: read.tenants,
    board: { host: read.BOARD_HOST, port: read.BOARD_PORT },
    accounts: readAccounts(read),
    trustedProxies: read.BOARD_TRUSTED_PROXIES,
    stuckAfterMs: read.BOARD_STUCK_SECONDS * 1000,
    ops: { host: read.OPS_HOST, port: read.OPS_PORT },
    logLevel: read.LOG_LEVEL,
  }
}

interface AccountSettings {
  readonly BOARD_USER: string
  readonly BOARD_PASSWORD: string
  readonly BOARD_VIEWER_USER?: string | undefined
  readonly BOARD_VIEWER_PASSWORD?: string | undefined
}

function readAccounts(read: AccountSettings): Accounts {
  const operator = { user: read.BOARD_USER, password: read.BOARD_PASSWORD }
  const { BOARD_VIEWER_USER: user, BOARD_VIEWER_PASSWORD: password } = read
  if (user === undefined && password === undefined) return { operator }
  if (user === undefined || password === undefined)
    throw new ConfigurationError(['BOARD_VIEWER_USER and BOARD_VIEWER_PASSWORD: set both or neither'])
  if (user === operator.user)
    throw new ConfigurationError(['BOARD_VIEWER_USER: must differ from BOARD_USER, the audit trail names both'])
  return { operator, viewer: { user, password } }
}

/** What Fastify's `trustProxy` takes (package proxy-addr): an address, a range, or the name of a set of ranges. */
function isAddressOrRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
