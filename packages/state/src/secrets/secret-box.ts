import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

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
export const isSealed = (text: string): boolean => /^v1\.[\w-]{38,}\.[0-9a-f]{12}$/.test(text)

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
