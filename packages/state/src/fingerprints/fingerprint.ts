import { createHmac, createSecretKey } from 'node:crypto'
import { shortDigest } from '../redis/keys.ts'

/**
 * Stands for a person in a key or a value, so that Redis holds no e-mail and no phone outside of jobs. It is keyed, so that nobody who has
 * only Redis can find a phone by trying them all. Every process must use the same key, because locks are named by fingerprints.
 */
export interface Fingerprint {
  (personal: string): string
  /** For texts that must match exactly: credentials, a record. */
  readonly exact: (text: string) => string
  /** A short id by which keys can be distinguished; the key cannot be found from it. */
  readonly keyCheck: string
}

/** Identities whose fingerprints are remembered: more than jobs that run at the same time have. */
const MAX_RECENT = 500

/** `key`: PONTE_FINGERPRINT_KEY, 32 bytes. */
export function createFingerprint(key: Buffer): Fingerprint {
  // Node.js turns a buffer into a key again for each HMAC, which takes several times as long as the HMAC itself.
  const secret = createSecretKey(key)
  const hash = (text: string): string => shortDigest(createHmac('sha256', secret).update(text).digest('base64url'))
  // A run asks for those of the same few identities a dozen times.
  const recent = new Map<string, string>()
  const fingerprint = (personal: string): string => {
    const text = personal.trim().toLowerCase()
    const known = recent.get(text)
    if (known !== undefined) return known
    if (recent.size >= MAX_RECENT) recent.clear()
    const found = hash(`person ${text}`)
    recent.set(text, found)
    return found
  }
  return Object.assign(fingerprint, {
    exact: (text: string): string => hash(`exact ${text}`),
    keyCheck: hash('key check'),
  })
}
