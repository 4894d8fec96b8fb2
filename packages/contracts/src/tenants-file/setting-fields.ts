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
