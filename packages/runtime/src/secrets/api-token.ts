import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { withoutEnd } from '@ponte/contracts'

/** Of the token itself. A program that looks for secrets can find it by the beginning. */
const TOKEN = /^ponte_[A-Za-z0-9_-]{43}$/
const TOKEN_WITHIN = /ponte_[A-Za-z0-9_-]{43}/

/** What a file holds in place of a token: `$sha256$hash`, in base64 without `=`. */
export const API_TOKEN_HASH = /^\$sha256\$([A-Za-z0-9+/]{43})$/

/** A new token of the API. It has 256 random bits, so one round of a fast hash hides it, and each request can afford that. */
export function newApiToken(): { readonly token: string; readonly hash: string } {
  const token = `ponte_${randomBytes(32).toString('base64url')}`
  return { token, hash: `$sha256$${withoutEnd(digestOf(token).toString('base64'), '=')}` }
}

/** Is there a token in this text, such as an address? */
export const hasApiToken = (text: string): boolean => TOKEN_WITHIN.test(text)

/** Finds whose token this is, in a time that tells nothing about the others. */
export function findByToken<Named extends { readonly hash: string }>(
  all: readonly Named[],
  token: string,
): Named | undefined {
  // What somebody chose is none.
  if (!TOKEN.test(token)) return undefined
  const given = digestOf(token)
  const own = all.filter(each => {
    const expected = Buffer.from(API_TOKEN_HASH.exec(each.hash)?.[1] ?? '', 'base64')
    return expected.length === given.length && timingSafeEqual(expected, given)
  })
  return own[0]
}

const digestOf = (token: string): Buffer => hash('sha256', token, 'buffer')
