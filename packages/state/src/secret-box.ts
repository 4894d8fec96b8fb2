import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'

/** Encrypts what Redis must keep and must not show (PONTE_SECRET_KEY, 32 bytes). `label` binds a text to its place. */
export function createSecretBox(key: Buffer) {
  return {
    /** Names a secret without telling it: a password that can be guessed cannot be found by it, because it takes the key. */
    fingerprint: (secret: string): string =>
      createHmac('sha256', key).update(`fingerprint ${secret}`).digest('base64url').slice(0, 22),
    seal(plain: string, label: string): string {
      const iv = randomBytes(12)
      const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(label))
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
    },
    /** `undefined` when it was sealed with another key, for another place, or is damaged. */
    open(sealed: string, label: string): string | undefined {
      const [version, text] = sealed.split('.')
      if (version !== 'v1' || text === undefined) return undefined
      const bytes = Buffer.from(text, 'base64url')
      try {
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, 12))
          .setAAD(Buffer.from(label))
          .setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}

export type SecretBox = ReturnType<typeof createSecretBox>
