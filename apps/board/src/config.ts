import { type BoardSettings, boardSettings, ConfigurationError, readConfiguration, type Tenant } from '@ponte/runtime'
import { createSecretBox } from '@ponte/state'
import { readAccountsFile } from './auth/accounts-file.ts'
import type { Accounts } from './auth/credentials.ts'

/** Reads the board's settings and the tenants file. Rejects with a ConfigurationError that lists every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const read = await readConfiguration(boardSettings, env, {
    uses: ['crmCredentials', 'rdCredentials'],
    optional: ['crmCredentials', 'rdCredentials'],
  })
  return {
    redisUrl: read.REDIS_URL,
    fingerprintKey: read.PONTE_FINGERPRINT_KEY,
    secretBox: read.PONTE_SECRET_KEY && createSecretBox(read.PONTE_SECRET_KEY, read.PONTE_OTHER_SECRET_KEYS),
    tenants: read.tenants,
    board: { host: read.BOARD_HOST, port: read.BOARD_PORT },
    accounts: await readAccounts(read),
    publicUrl: read.BOARD_PUBLIC_URL,
    idleMs: read.BOARD_IDLE_MINUTES * 60_000,
    trustedProxies: read.BOARD_TRUSTED_PROXIES,
    timeZone: read.BOARD_TIME_ZONE,
    stuckAfterMs: read.BOARD_STUCK_SECONDS * 1000,
    ops: { host: read.OPS_HOST, port: read.OPS_PORT },
    logLevel: read.LOG_LEVEL,
  }
}

async function readAccounts(read: BoardSettings & { readonly tenants: readonly Tenant[] }): Promise<Accounts> {
  const named = read.BOARD_ACCOUNTS === undefined ? [] : await readAccountsFile(read.BOARD_ACCOUNTS, read.tenants)
  const all: Accounts = [
    ...accountOf('operator', read.BOARD_USER, read.BOARD_PASSWORD),
    ...accountOf('viewer', read.BOARD_VIEWER_USER, read.BOARD_VIEWER_PASSWORD),
    ...named,
  ]
  const twice = all.find(({ name }, index) => all.findIndex(other => other.name === name) !== index)
  if (twice !== undefined) throw new ConfigurationError([`BOARD_ACCOUNTS: ${twice.name} is there twice`])
  return all
}

const accountOf = (role: 'operator' | 'viewer', name: string | undefined, password: string | undefined) =>
  name === undefined || password === undefined ? [] : [{ name, secret: { password }, role }]
