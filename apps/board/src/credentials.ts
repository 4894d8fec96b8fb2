import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** The one login of the board. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Compares in a time that tells nothing about how much is right, the lengths included. */
export function createCredentialCheck(expected: Credentials): (given: Credentials) => boolean {
  const key = randomBytes(32)
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const user = digest(expected.user)
  const password = digest(expected.password)
  return given => {
    const userMatches = timingSafeEqual(digest(given.user), user)
    const passwordMatches = timingSafeEqual(digest(given.password), password)
    return userMatches && passwordMatches
  }
}

/** What an `Authorization: Basic` header says (RFC 7617, UTF-8), if it is one. */
export function readBasicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
