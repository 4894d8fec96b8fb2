import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A login of the board. */
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
}

/** The logins of the board. */
export type Accounts = { readonly operator: Credentials; readonly viewer?: Credentials | undefined }

/** Compares in a time that tells nothing about how much is right, the lengths included; both logins, whichever is right. */
export function createCredentialCheck({ operator, viewer }: Accounts): (given: Credentials) => Who | undefined {
  const key = randomBytes(32)
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const matcher = (expected: Credentials) => {
    const user = digest(expected.user)
    const password = digest(expected.password)
    return (given: Credentials): boolean => {
      const userMatches = timingSafeEqual(digest(given.user), user)
      const passwordMatches = timingSafeEqual(digest(given.password), password)
      return userMatches && passwordMatches
    }
  }
  const isOperator = matcher(operator)
  const isViewer = viewer === undefined ? () => false : matcher(viewer)
  return given => {
    const [operates, views] = [isOperator(given), isViewer(given)]
    if (operates) return { user: given.user, role: 'operator' }
    return views ? { user: given.user, role: 'viewer' } : undefined
  }
}

/** Does a login with this name exist? A typed name that does not may be anything, a password included. */
export const isAccount = ({ operator, viewer }: Accounts, user: string): boolean =>
  user === operator.user || user === viewer?.user

/** What an `Authorization: Basic` header says (RFC 7617, UTF-8), if it is one. */
export function readBasicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
