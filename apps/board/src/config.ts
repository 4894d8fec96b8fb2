import {
  API_TOKEN_HASH,
  boardSettings,
  type BoardSettings,
  ConfigurationError,
  parseYaml,
  PASSWORD_HASH,
  readConfiguration,
  type Tenant,
  waitReplicasOf,
} from '@ponte/runtime'
import { createSecretBox } from '@ponte/state'
import type { ApiToken } from './auth/api-tokens.ts'
import { type Account, type Accounts } from './auth/credentials.ts'
import { roles } from '@ponte/operations'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** Reads the board's settings and the tenants file. Rejects with a ConfigurationError that lists every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const read = await readConfiguration(boardSettings, env, {
    uses: ['crmCredentials', 'rdCredentials'],
    optional: ['crmCredentials', 'rdCredentials'],
  })
  const { accounts, apiTokens } = await readAccounts(read)
  return {
    redisTarget: read.REDIS,
    waitReplicas: waitReplicasOf(read),
    fingerprintKey: read.PONTE_FINGERPRINT_KEY,
    secretBox: read.PONTE_SECRET_KEY && createSecretBox(read.PONTE_SECRET_KEY, read.PONTE_OTHER_SECRET_KEYS),
    file: read.PONTE_CONFIG,
    tenants: read.tenants,
    readTenantsAgain: read.readTenantsAgain,
    /** The accounts that name a tenant which is gone by now. They stay as they were at the start. */
    findUnknownTenants: (tenants: readonly Tenant[]) => findUnknownTenants({ accounts, tokens: apiTokens }, tenants),
    board: { host: read.BOARD_HOST, port: read.BOARD_PORT },
    accounts,
    apiTokens,
    publicUrl: read.BOARD_PUBLIC_URL,
    command: read.PONTE_COMMAND,
    restart: read.PONTE_RESTART,
    ingressUrl: read.INGRESS_PUBLIC_URL,
    idleMs: read.BOARD_IDLE_MINUTES * 60_000,
    trustedProxies: read.BOARD_TRUSTED_PROXIES,
    timeZone: read.BOARD_TIME_ZONE,
    stuckAfterMs: read.BOARD_STUCK_SECONDS * 1000,
    shards: read.WORKER_SHARDS,
    ops: { host: read.OPS_HOST, port: read.OPS_PORT },
    logLevel: read.LOG_LEVEL,
  }
}

interface Named {
  readonly accounts: Accounts
  readonly tokens: readonly ApiToken[]
}

async function readAccounts(read: BoardSettings & { readonly tenants: readonly Tenant[] }) {
  const named: Named =
    read.BOARD_ACCOUNTS === undefined
      ? { accounts: [], tokens: [] }
      : await readAccountsFile(read.BOARD_ACCOUNTS, read.tenants)
  const all: Accounts = [
    ...accountOf('operator', read.BOARD_USER, read.BOARD_PASSWORD),
    ...accountOf('viewer', read.BOARD_VIEWER_USER, read.BOARD_VIEWER_PASSWORD),
    ...named.accounts,
  ]
  const twice = all.find(({ name }, index) => all.findIndex(other => other.name === name) !== index)
  if (twice !== undefined) throw new ConfigurationError([`BOARD_ACCOUNTS: ${twice.name} is there twice`])
  return { accounts: all, apiTokens: named.tokens }
}

const accountOf = (role: 'operator' | 'viewer', name: string | undefined, password: string | undefined) =>
  name === undefined || password === undefined ? [] : [{ name, secret: { password }, role }]

/** Makes this the time zone of every page: `Intl` and `Date` follow the environment of the process, also when it changes. */
export function useTimeZone(env: NodeJS.ProcessEnv, name: string): void {
  env['TZ'] = name
}

const account = z.strictObject({
  role: z.enum(roles),
  password: z.string().regex(PASSWORD_HASH, 'must be a hash that `ponte password` makes, in single quotes'),
  tenants: z.array(z.string()).min(1).optional(),
})
const token = z.strictObject({
  role: z.enum(roles),
  token: z.string().regex(API_TOKEN_HASH, 'must be a hash that `ponte password --token` makes, in single quotes'),
  tenants: z.array(z.string()).min(1).optional(),
})
const file = z.strictObject({
  accounts: z
    .record(z.string().min(1).max(100), account)
    .refine(all => Object.keys(all).length > 0, 'must name somebody'),
  tokens: z
    .record(z.string().min(1).max(100), token)
    .refine(
      all => new Set(Object.values(all).map(each => each.token)).size === Object.keys(all).length,
      'two have the same hash: make a token for each',
    )
    .default({}),
})

/** The named accounts and tokens: name → role, hash, and the tenants that exist for them (default: all). */
async function readAccountsFile(path: string, tenants: readonly { readonly name: string }[]): Promise<Named> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new ConfigurationError([`BOARD_ACCOUNTS: the file ${path} cannot be read`])
  const document = parseYaml(text)
  if (!document.ok) throw new ConfigurationError(['BOARD_ACCOUNTS: the file is not valid YAML'])
  const parsed = file.safeParse(document.value)
  if (!parsed.success)
    throw new ConfigurationError(
      parsed.error.issues.map(issue => {
        // An unknown name may be a part of a hash: without quotes, its commas end it.
        const isUnknown = issue.code === 'unrecognized_keys'
        const problem = isUnknown
          ? 'has something else than its settings; put the hash in single quotes'
          : issue.message
        const setting = issue.path.map(part => (/[$/=+]/.test(String(part)) ? '…' : String(part))).join('.')
        return `BOARD_ACCOUNTS: ${setting || 'the file'}: ${problem}`
      }),
    )
  const accounts = Object.entries(parsed.data.accounts).map(([name, { role, password, tenants: own }]): Account => ({
    name,
    role,
    secret: { hash: password },
    ...(own && { tenants: own }),
  }))
  const tokens = Object.entries(parsed.data.tokens).map(([name, { role, token: hash, tenants: own }]): ApiToken => ({
    name,
    role,
    hash,
    ...(own && { tenants: own }),
  }))
  const named = { accounts, tokens }
  const unknown = findUnknownTenants(named, tenants)
  if (unknown.length > 0) throw new ConfigurationError(unknown)
  return named
}

/** Says for each account and token which tenants it names that there are not. */
function findUnknownTenants(
  { accounts, tokens }: Named,
  tenants: readonly { readonly name: string }[],
): readonly string[] {
  const known = new Set(tenants.map(({ name }) => name))
  const all = [
    ...accounts.map(({ name, tenants: own = [] }) => ({ place: `accounts.${name}`, own })),
    ...tokens.map(({ name, tenants: own = [] }) => ({ place: `tokens.${name}`, own })),
  ]
  return all.flatMap(({ place, own }) =>
    own.filter(tenant => !known.has(tenant)).map(tenant => `BOARD_ACCOUNTS: ${place}.tenants: there is no ${tenant}`),
  )
}
