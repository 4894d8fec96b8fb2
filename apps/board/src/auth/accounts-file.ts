import { readFile } from 'node:fs/promises'
import { ConfigurationError, parseYaml, PASSWORD_HASH } from '@ponte/runtime'
import { z } from 'zod'
import type { Account } from './credentials.ts'

const account = z.strictObject({
  role: z.enum(['operator', 'viewer']),
  password: z.string().regex(PASSWORD_HASH, 'must be a hash that `ponte password` makes, in single quotes'),
  tenants: z.array(z.string()).min(1).optional(),
})
const file = z.strictObject({
  accounts: z
    .record(z.string().min(1).max(100), account)
    .refine(all => Object.keys(all).length > 0, 'must name somebody'),
})

/** The named accounts of the board: user → role, hash of the password, and the tenants that exist for them (default: all). */
export async function readAccountsFile(
  path: string,
  tenants: readonly { readonly name: string }[],
): Promise<readonly Account[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new ConfigurationError([`BOARD_ACCOUNTS: the file ${path} cannot be read`])
  const document = parseYaml(text)
  if (!document.ok) throw new ConfigurationError(['BOARD_ACCOUNTS: the file is not valid YAML'])
  const parsed = file.safeParse(document.value)
  if (!parsed.success)
    throw new ConfigurationError(
      parsed.error.issues.map(issue => {
        // A name may be a part of a hash: without quotes its commas end it.
        const isUnknown = issue.code === 'unrecognized_keys'
        const problem = isUnknown
          ? 'has something else than its settings; put the hash in single quotes'
          : issue.message
        const setting = issue.path.map(part => (/[$/=+]/.test(String(part)) ? '…' : String(part))).join('.')
        return `BOARD_ACCOUNTS: ${setting || 'the file'}: ${problem}`
      }),
    )
  const known = new Set(tenants.map(({ name }) => name))
  const entries = Object.entries(parsed.data.accounts)
  const unknown = entries.flatMap(([name, { tenants: own = [] }]) =>
    own
      .filter(tenant => !known.has(tenant))
      .map(tenant => `BOARD_ACCOUNTS: accounts.${name}.tenants: there is no ${tenant}`),
  )
  if (unknown.length > 0) throw new ConfigurationError(unknown)
  return entries.map(([name, { role, password, tenants: own }]) => ({
    ...{ name, role, secret: { hash: password } },
    ...(own && { tenants: own }),
  }))
}
