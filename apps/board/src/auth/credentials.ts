import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { User } from '@ponte/operations'
import { hashPassword, isPassword, nobodysHash } from '@ponte/runtime'
import type { Fingerprint } from '@ponte/state'
import { LRUCache } from 'lru-cache'

/** What somebody types to log in. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** The name in the audit trail for a user who does not exist. */
export const UNKNOWN_USER = '?'

/** A login of the board: its password, or a hash of it (`ponte password`). */
export interface Account extends User {
  readonly secret: { readonly password: string } | { readonly hash: string }
}

/** The most accepted logins that are remembered, each for one origin. */
const MAX_ACCEPTED = 1000

/** All logins of the board. */
export type Accounts = readonly Account[]

/** The user; undefined for a wrong login; or the seconds until it may be tried again. */
export type LoginAnswer = User | number | undefined

export interface CredentialOptions {
  /** A keyed digest that is the same after each start of the board. */
  readonly fingerprint: Fingerprint
  /** Is this the password of the hash? */
  readonly isRight?: ((password: string, hash: string) => Promise<boolean>) | undefined
}

/**
 * Checks logins. A user who does not exist takes as much time as one who does, and no check blocks the thread. A login that was accepted is
 * recognised without hashing, so that a script that sends it with each request is not slowed down.
 */
export function createCredentials(accounts: Accounts, { fingerprint, isRight = isPassword }: CredentialOptions) {
  const key = randomBytes(32)
  const markKey = fingerprint('key of the browsers that the board knows')
  const byName = new Map(accounts.map(account => [account.name, account]))
  const hashes = new Map(
    accounts.map(({ name, secret }) => [
      name,
      'hash' in secret ? Promise.resolve(secret.hash) : hashPassword(secret.password),
    ]),
  )
  const nobodys = nobodysHash()
  const accepted = new LRUCache<string, true>({ max: MAX_ACCEPTED })
  const underWay = new Map<string, Promise<LoginAnswer>>()
  const digest = (...texts: readonly string[]): string =>
    createHmac('sha256', key).update(JSON.stringify(texts)).digest('base64')
  const userOf = ({ name, role, tenants }: Account): User => ({ name, role, ...(tenants && { tenants }) })

  /** Made with a key, so that nobody can find the password from what a browser keeps. */
  function markOf(user: string, device: string): string | undefined {
    const account = byName.get(user)
    if (account === undefined) return undefined
    const secret = 'hash' in account.secret ? account.secret.hash : account.secret.password
    return createHmac('sha256', markKey)
      .update(JSON.stringify([user, secret, device]))
      .digest('base64url')
  }

  return {
    /** Does a login with this name exist? If not, the typed name may be anything, even a password. */
    isAccount: (user: string): boolean => byName.has(user),
    /** The user, if this login was accepted at this origin before. At another origin it counts as a guess like any other. */
    recall({ user, password }: Credentials, origin: string): User | undefined {
      const account = byName.get(user)
      return account !== undefined && accepted.get(digest(user, password, origin)) ? userOf(account) : undefined
    },
    /** A script may send many requests at once: the same login from the same origin is checked once for all of them. */
    once({ user, password }: Credentials, origin: string, check: () => Promise<LoginAnswer>): Promise<LoginAnswer> {
      const same = digest(user, password, origin)
      const checking = underWay.get(same) ?? check().finally(() => underWay.delete(same))
      underWay.set(same, checking)
      return checking
    },
    /** The user, if the password is right. From then on the login is known at this origin. */
    async check({ user, password }: Credentials, origin: string): Promise<User | undefined> {
      const account = byName.get(user)
      const matches = await isRight(password, await (hashes.get(user) ?? nobodys))
      if (account === undefined || !matches) return undefined
      accepted.set(digest(user, password, origin), true)
      return userOf(account)
    },
    /** What a browser keeps after a login of this user. It outlives restarts, and ends when the password changes. */
    issueMark(user: string): string {
      const device = randomBytes(16).toString('base64url')
      return `${device}.${markOf(user, device) ?? ''}`
    },
    /** The browser, when it has logged in as this user before. */
    knownBrowser(user: string, mark: string | undefined): string | undefined {
      const [device = '', given = ''] = mark?.split('.') ?? []
      const expected = markOf(user, device)
      if (expected === undefined || Buffer.byteLength(given) !== Buffer.byteLength(expected)) return undefined
      return timingSafeEqual(Buffer.from(expected), Buffer.from(given)) ? device : undefined
    },
  }
}

export type CredentialCheck = ReturnType<typeof createCredentials>

/** The user and password of an `Authorization: Basic` header (RFC 7617, UTF-8). */
export function readBasicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
