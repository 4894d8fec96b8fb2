import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { normalForm, withoutEnd } from '@ponte/contracts'

/** One guess costs 32 MiB and about a tenth of a second. */
const COST = 15
const BLOCK = 8
const LENGTH = 32

/** `$scrypt$ln=15,r=8,p=1$salt$hash`, the parts in base64 without `=` (PHC string format). Slightly other costs than ours are accepted. */
export const PASSWORD_HASH = /^\$scrypt\$ln=(1[4-7]),r=8,p=1\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43})$/

/** A hash of a password, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return hashText(salt, await derive(password, salt, COST))
}

/** A hash that no password has. Comparing with it takes as long as with a real one. */
export const nobodysHash = (): string => hashText(randomBytes(16), randomBytes(LENGTH))

/** Is this the password? The thread is free meanwhile. False when `hash` is not a hash. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, cost, salt = '', expected = ''] = PASSWORD_HASH.exec(hash) ?? []
  if (cost === undefined) return false
  const given = await derive(password, Buffer.from(salt, 'base64'), Number(cost))
  return timingSafeEqual(given, Buffer.from(expected, 'base64'))
}

/** NFC, because machines encode an accented letter in different ways. */
const derive = (password: string, salt: Buffer, cost: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** cost, r: BLOCK, p: 1, maxmem: 2 ** cost * BLOCK * 256 }
    scrypt(normalForm(password, 'NFC'), salt, LENGTH, options, (error, key) => (error ? reject(error) : resolve(key)))
  })

const hashText = (salt: Buffer, hash: Buffer): string =>
  `$scrypt$ln=${COST},r=${BLOCK},p=1$${encode(salt)}$${encode(hash)}`

const encode = (bytes: Buffer): string => withoutEnd(bytes.toString('base64'), '=')
