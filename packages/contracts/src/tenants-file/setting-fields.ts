import { z } from 'zod'

export const filledText = z.string().min(1, 'must not be empty')
export const endpoint = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })
export const insecure = z
  .boolean()
  .default(false)
  .describe('Allows `http:` to other hosts. Credentials and data then cross the network unencrypted.')
export const path = z.string().startsWith('/', 'must start with "/"')
export const seconds = z
  .number()
  .min(0)
  .max(31 * 24 * 3600)
export const regularExpression = z.string().refine(isRegularExpression, 'must be a regular expression')

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

/** Secrets of a tenant by their use: the senders' tokens, Ponte's credentials for each system, and the address of the weekly summary. */
export type SecretPart = 'webhookTokens' | 'rdCredentials' | 'crmCredentials' | 'summaryWebhook'

/**
 * Registers a setting as a secret: there alone the tenants file may refer to the environment or to a file (`${NAME}`), and only a process
 * that uses the part reads it. To be called last, because what is made of a schema later is another one.
 */
export const secretOf = <Setting extends z.ZodType>(part: SecretPart, setting: Setting): Setting => {
  parts.add(setting, { part })
  return setting
}
const parts = z.registry<{ readonly part: SecretPart }>()

/** The place of a secret below a tenant, and its part. */
export interface SecretPlace {
  readonly section: string
  readonly name: string
  readonly part: SecretPart
}

/** The secrets among the settings of a tenant: members of its sections. */
export const secretsIn = (sections: Readonly<Record<string, z.core.$ZodType>>): readonly SecretPlace[] =>
  Object.entries(sections).flatMap(([section, settings]) =>
    Object.entries(membersOf(settings)).flatMap(([name, setting]) => {
      const found = parts.get(setting)
      return found === undefined ? [] : { section, name, part: found.part }
    }),
  )

function membersOf(settings: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  if (settings instanceof z.ZodOptional || settings instanceof z.ZodPrefault) return membersOf(settings.unwrap())
  return settings instanceof z.ZodObject ? settings.shape : {}
}
