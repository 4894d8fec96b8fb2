import type { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import { deriveFingerprintKey, readKey } from './fields.ts'
import { type ProblemLanguage, problemWords, wordsOfLibrary, wordsOfSchema } from './problem-words.ts'
import { redisVariables } from './redis-target.ts'
import { resolveFile } from './secret-reference.ts'

/** Reads the settings of one process. An empty variable counts as not set. Throws ConfigurationError with every problem. */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
  language: ProblemLanguage = 'en',
): z.output<Schema> {
  const { shape } = schema
  const unreadable: string[] = []
  const { notSet, notDerived, secretFileUnreadable } = problemWords[language]
  const resolve = (name: string, value: string): string =>
    // A process reads only what it uses. The fingerprint key may be derived from the secret key.
    Object.hasOwn(shape, name) ||
    ('REDIS' in shape && Object.hasOwn(redisVariables.shape, name)) ||
    (name === 'PONTE_SECRET_KEY' && 'PONTE_FINGERPRINT_KEY' in shape)
      ? resolveFile(value, problem => {
          if ('file' in problem) unreadable.push(`${name}: ${secretFileUnreadable(problem.file)}`)
        })
      : value
  const set = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value ? [[name, resolve(name, value)]] : [])),
  )
  if (unreadable.length > 0) throw new ConfigurationError(unreadable)
  const present = { ...derivedFingerprintKey(set), ...set, ...('REDIS' in shape && { REDIS: set }) }
  const parsed = schema.safeParse(present, wordsOfLibrary(language))
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  // Those of Redis are one setting here, and variables of their own in the environment.
  const names = issues.map(({ path }) => (path[0] === 'REDIS' ? path.slice(1) : path).join('.'))
  throw new ConfigurationError(
    issues.flatMap((issue, index) => {
      const name = names[index] ?? ''
      if (Object.hasOwn(present, name) || issue.code === 'custom')
        return [`${name}: ${wordsOfSchema(issue.message, language)}`]
      if (name !== 'PONTE_FINGERPRINT_KEY') return [`${name}: ${notSet}`]
      return names.includes('PONTE_SECRET_KEY') ? [] : [`${name}: ${notDerived}`]
    }),
  )
}

function derivedFingerprintKey({ PONTE_SECRET_KEY: text }: NodeJS.ProcessEnv): { PONTE_FINGERPRINT_KEY?: string } {
  const secretKey = text === undefined ? undefined : readKey(text)
  return secretKey === undefined ? {} : { PONTE_FINGERPRINT_KEY: deriveFingerprintKey(secretKey).toString('base64') }
}
