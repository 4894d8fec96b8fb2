import { ConfigurationError, readConfiguration, setting, trustedProxies } from '@ponte/runtime'
import { z } from 'zod'
import { readAccountsFile } from './auth/accounts-file.ts'
import type { Accounts } from './auth/credentials.ts'

/** Without a path: cookies of a host are for all of it. */
const publicUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://ponte.example.com' })
  .refine(text => URL.parse(text)?.pathname === '/', 'must have no path')
  .optional()

/** Reads the board's settings and the tenants file. Throws ConfigurationError with every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const read = await readConfiguration(
    {
      REDIS_URL: setting.REDIS_URL,
      PONTE_CONFIG: setting.PONTE_CONFIG,
      PONTE_FINGERPRINT_KEY: setting.PONTE_FINGERPRINT_KEY,
      BOARD_PORT: setting.BOARD_PORT,
      BOARD_HOST: setting.BOARD_HOST,
      BOARD_USER: hasAccountsFile(env) ? setting.BOARD_USER.optional() : setting.BOARD_USER,
      BOARD_PASSWORD: hasAccountsFile(env) ? setting.BOARD_PASSWORD.optional() : setting.BOARD_PASSWORD,
      /** A file of named accounts (accounts-file.ts). */
      BOARD_ACCOUNTS: z.string().optional(),
      /** Where browsers find the board. */
      BOARD_PUBLIC_URL: publicUrl,
      BOARD_IDLE_MINUTES: z.coerce.number().int().min(1).max(720).default(60),
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
    accounts: await readAccounts(read),
    publicUrl: read.BOARD_PUBLIC_URL,
    idleMs: read.BOARD_IDLE_MINUTES * 60_000,
    trustedProxies: read.BOARD_TRUSTED_PROXIES,
    stuckAfterMs: read.BOARD_STUCK_SECONDS * 1000,
    ops: { host: read.OPS_HOST, port: read.OPS_PORT },
    logLevel: read.LOG_LEVEL,
  }
}

interface AccountSettings {
  readonly BOARD_USER?: string | undefined
  readonly BOARD_PASSWORD?: string | undefined
  readonly BOARD_VIEWER_USER?: string | undefined
  readonly BOARD_VIEWER_PASSWORD?: string | undefined
  readonly BOARD_ACCOUNTS?: string | undefined
  readonly tenants: readonly { readonly name: string }[]
}

const hasAccountsFile = (env: NodeJS.ProcessEnv): boolean => (env['BOARD_ACCOUNTS'] ?? '') !== ''

async function readAccounts(read: AccountSettings): Promise<Accounts> {
  const named = read.BOARD_ACCOUNTS === undefined ? [] : await readAccountsFile(read.BOARD_ACCOUNTS, read.tenants)
  const operator = both('BOARD', read.BOARD_USER, read.BOARD_PASSWORD)
  const viewer = both('BOARD_VIEWER', read.BOARD_VIEWER_USER, read.BOARD_VIEWER_PASSWORD)
  if (operator !== undefined && viewer?.name === operator.name)
    throw new ConfigurationError(['BOARD_VIEWER_USER: must differ from BOARD_USER, the audit trail names both'])
  const all = [
    ...(operator === undefined ? [] : [{ ...operator, role: 'operator' as const }]),
    ...(viewer === undefined ? [] : [{ ...viewer, role: 'viewer' as const }]),
    ...named,
  ]
  const twice = all.find(({ name }, index) => all.findIndex(other => other.name === name) !== index)
  if (twice !== undefined) throw new ConfigurationError([`BOARD_ACCOUNTS: ${twice.name} is there twice`])
  return all
}

function both(setting: string, user: string | undefined, password: string | undefined) {
  if (user === undefined && password === undefined) return undefined
  if (user === undefined || password === undefined)
    throw new ConfigurationError([`${setting}_USER and ${setting}_PASSWORD: set both or neither`])
  return { name: user, secret: { password } }
}
