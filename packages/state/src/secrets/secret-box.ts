import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { type RedisClient, scanKeys } from '../redis/redis-client.ts'
import { replaceText } from '../redis/load-script.ts'

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
/** A shorter tag is easier to forge; Node.js takes one unless it is told the length. */
const options = { authTagLength: TAG_BYTES } as const

/**
 * Encrypts what Redis must keep and must not show. `label` binds a text to the key of Redis that holds it,
 * so that `ponte rotate-key` can seal it again. `others`: keys that only open what they sealed.
 *
 * A sealed text is `v1.`, its bytes, and the id of its key.
 */
export function createSecretBox(key: Buffer, others: readonly Buffer[] = []) {
  const currentId = keyId(key)
  const keys = new Map([key, ...others].map(each => [keyId(each), each]))
  return {
    /** Of the key that seals. */
    keyId: currentId,
    seal(plain: string, label: string): string {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(ALGORITHM, key, iv, options).setAAD(Buffer.from(label))
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}.${currentId}`
    },
    /** `undefined` when it was sealed with a key that is not known here, for another place, or is damaged. */
    open(sealed: string, label: string): string | undefined {
      const { version, bytes, id } = parseSealed(sealed)
      if (version !== 'v1' || bytes.length < IV_BYTES + TAG_BYTES) return undefined
      const sealedWith = keys.get(id)
      return sealedWith && decrypt(bytes, sealedWith, label)
    },
    /** Sealed with the key that seals now. */
    isCurrent: (sealed: string): boolean => parseSealed(sealed).id === currentId,
  }
}

export type SecretBox = ReturnType<typeof createSecretBox>

/** Whether a value of Redis is a text of a secret box. */
const isSealed = (text: string): boolean => /^v1\.[\w-]{38,}\.[0-9a-f]{12}$/.test(text)

function parseSealed(sealed: string) {
  const [version, text = '', id = ''] = sealed.split('.')
  return { version, bytes: Buffer.from(text, 'base64url'), id }
}

/** A short id by which keys can be distinguished; the key cannot be found from it. */
const keyId = (key: Buffer): string => createHmac('sha256', key).update('ponte key id').digest('hex').slice(0, 12)

function decrypt(bytes: Buffer, key: Buffer, label: string): string | undefined {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), options)
      .setAAD(Buffer.from(label))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** If a worker writes the text again after each of so many reads, it is left as it is and reported. */
const TRIES = 5

export interface Resealed {
  /** Sealed anew with the key that seals now. */
  readonly resealed: number
  /** Were sealed with that key already. */
  readonly current: number
  /** Keys of Redis whose text none of the keys opens. */
  readonly unreadable: readonly string[]
}

/** Seals every sealed text of all tenants again, while workers go on reading and writing them. */
export async function resealAll(
  redis: RedisClient,
  box: SecretBox,
  { dryRun }: { dryRun: boolean },
): Promise<Resealed> {
  let [resealed, current] = [0, 0]
  const unreadable: string[] = []

  async function reseal(key: string): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const sealed = await redis.get(key)
      // It is gone, or not a sealed text.
      if (sealed === null || !isSealed(sealed)) return
      if (box.isCurrent(sealed)) {
        current += 1
        return
      }
      const plain = box.open(sealed, key)
      if (plain === undefined) break
      if (dryRun || (await replaceText(redis, [key], [sealed, box.seal(plain, key)])) === 1) {
        resealed += 1
        return
      }
    }
    unreadable.push(key)
  }

  for await (const found of scanKeys(redis, '{*}:ponte:*', { type: 'string' })) {
    for (const key of found) await reseal(key)
  }
  return { resealed, current, unreadable }
}
