import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { hashPassword, isPassword } from '@ponte/runtime'

/** What somebody types to log in. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** An operator may change things and see whom a failed event is about; a viewer sees everything masked and changes nothing. */
export type Role = 'operator' | 'viewer'

/** Who is logged in. */
export interface Who {
  readonly user: string
  readonly role: Role
  /** The tenants that exist for this user. Default: all. */
  readonly tenants?: readonly string[] | undefined
}

/** A login of the board: its password, or a hash of it (`ponte password`). */
export interface Account extends Who {
  readonly secret: { readonly password: string } | { readonly hash: string }
}

/** Everybody who may log in. */
export type Accounts = readonly Account[]

/**
 * Checks logins. A user who does not exist costs as much time as one who does, and no check holds up the thread. A password that was
 * right is recognised without the work, so that a script that sends it with each request is not slowed down.
 */
export function createCredentials(accounts: Accounts) {
  const key = randomBytes(32)
  const byName = new Map(accounts.map(account => [account.user, account]))
  const hashes = new Map(
    accounts.map(({ user, secret }) => [
      user,
      'hash' in secret ? Promise.resolve(secret.hash) : hashPassword(secret.password),
    ]),
  )
  const nobodys = hashPassword(randomBytes(16).toString('hex'))
  const right = new Map<string, string>()
  const underWay = new Map<string, Promise<Who | undefined>>()
  const digest = ({ user, password }: Credentials): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([user, password]))
      .digest('base64')
  const whoIs = ({ user, role, tenants }: Account): Who => ({ user, role, ...(tenants && { tenants }) })

  async function check(given: Credentials): Promise<Who | undefined> {
    const account = byName.get(given.user)
    const matches = await isPassword(given.password, await (hashes.get(given.user) ?? nobodys))
    if (account === undefined || !matches) return undefined
    right.set(given.user, digest(given))
    return whoIs(account)
  }

  async function markOf(user: string, device: string): Promise<string | undefined> {
    const hash = await hashes.get(user)
    return hash === undefined ? undefined : createHmac('sha256', hash).update(device).digest('base64url')
  }

  return {
    /** Does a login with this name exist? A typed name that does not may be anything, a password included. */
    isAccount: (user: string): boolean => byName.has(user),
    /** Whose password this is, if it was right before. */
    recall(given: Credentials): Who | undefined {
      const account = byName.get(given.user)
      return account !== undefined && right.get(given.user) === digest(given) ? whoIs(account) : undefined
    },
    /** The check of the same user and password that is under way: a script may ask many things at once. */
    underWay: (given: Credentials): Promise<Who | undefined> | undefined => underWay.get(digest(given)),
    check(given: Credentials): Promise<Who | undefined> {
      const checked = check(given).finally(() => underWay.delete(digest(given)))
      underWay.set(digest(given), checked)
      return checked
    },
    /** What a browser keeps from a login of this user. Ends with the password. */
    async issueMark(user: string): Promise<string> {
      const device = randomBytes(16).toString('base64url')
      return `${device}.${(await markOf(user, device)) ?? ''}`
    },
    /** The browser, when it has logged in as this user before. */
    async knownBrowser(user: string, mark: string | undefined): Promise<string | undefined> {
      const [device = '', given = ''] = mark?.split('.') ?? []
      const expected = await markOf(user, device)
      if (expected === undefined || expected.length !== given.length) return undefined
      return timingSafeEqual(Buffer.from(expected), Buffer.from(given)) ? device : undefined
    },
  }
}

export type CredentialCheck = ReturnType<typeof createCredentials>

/** Does this tenant exist for who asks? */
export const maySee = (who: Who | undefined, tenant: string): boolean =>
  who !== undefined && (who.tenants === undefined || who.tenants.includes(tenant))

/** What an `Authorization: Basic` header says (RFC 7617, UTF-8), if it is one. */
export function readBasicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
