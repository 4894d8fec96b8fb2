import { z } from 'zod'
import { trustedProxies } from './trusted-proxies.ts'
import { ConfigurationError } from './configuration-error.ts'
import { deriveFingerprintKey } from './fingerprint-key.ts'
import { resolveFile } from './secret-reference.ts'
import { type ProblemLanguage, problemWords, wordsOfLibrary, wordsOfSchema } from './problem-words.ts'

const port = z.coerce.number().int().min(0).max(65_535)

const key = z.string().transform((text, context) => {
  const bytes = readKey(text)
  if (bytes !== undefined) return bytes
  context.addIssue({ code: 'custom', message: 'must be 32 bytes, as base64 or 64 hex digits' })
  return z.NEVER
})

/** Settings of a process, by the name of the environment variable. SPEC §7. Each app picks those it needs. */
export const setting = {
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be an address such as redis://127.0.0.1:6379' }),
  PONTE_CONFIG: z.string().min(1, 'must name the tenants file'),
  /** 32 bytes, as base64 or 64 hex digits. */
  PONTE_SECRET_KEY: key,
  /** One or several, separated by commas: they open what they sealed, and seal nothing. */
  PONTE_OTHER_SECRET_KEYS: z
    .string()
    .default('')
    .transform(text =>
      text
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== ''),
    )
    .pipe(z.array(key)),
  /** The same. Not set: derived from PONTE_SECRET_KEY, so that a process that needs nothing else can do without that one. */
  PONTE_FINGERPRINT_KEY: key,
  INGRESS_PORT: port.default(3000),
  INGRESS_HOST: z.string().min(1).default('127.0.0.1'),
  INGRESS_TRUSTED_PROXIES: trustedProxies,
  /** `/docs` and `/openapi.json` of the ingress. */
  INGRESS_DOCS: z.enum(['on', 'off']).default('on'),
  BOARD_PORT: port.default(3001),
  BOARD_HOST: z.string().min(1).default('127.0.0.1'),
  BOARD_USER: z.string().min(1, 'must name the board user'),
  BOARD_PASSWORD: z.string().min(8, 'must have at least 8 characters'),
  /** 0: any free port, told in the log at start. */
  OPS_PORT: port.default(0),
  OPS_HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Base address of an OTLP/HTTP collector. Not set: no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  /** Jobs at a time in one queue. */
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(10),
  /** Jobs at a time in one process, over all its queues. */
  WORKER_MAX_JOBS: z.coerce.number().int().min(1).max(10_000).default(250),
  /** Takes Slack's JSON, `{"text": …}`. The address is a secret. */
  ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  ALERT_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an address such as smtps://user:pass@host' })
    .optional(),
  /** One address or several, separated by commas. */
  ALERT_EMAIL_TO: z
    .string()
    .transform(text => text.split(',').map(part => part.trim()))
    .pipe(z.array(z.email()))
    .optional(),
  ALERT_EMAIL_FROM: z.email().optional(),
  /** A link to the board, for the messages. */
  ALERT_BOARD_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  ALERT_BREAKER_MINUTES: z.coerce.number().positive().default(15),
  ALERT_FAILURES: z.coerce.number().int().min(1).default(10),
  ALERT_WINDOW_MINUTES: z.coerce.number().positive().default(60),
  ALERT_CHECK_SECONDS: z.coerce.number().positive().default(30),
} as const

/** Reads the settings of one process. Empty counts as absent. Throws ConfigurationError with every problem. */
export function readEnvironment<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
  language: ProblemLanguage = 'en',
): z.infer<z.ZodObject<Shape>> {
  const unreadable: string[] = []
  const { notSet, notDerived, secretFileUnreadable } = problemWords[language]
  const resolve = (name: string, value: string): string =>
    // Of a process only what it uses is read; the fingerprint key may be derived from the secret key.
    Object.hasOwn(shape, name) || (name === 'PONTE_SECRET_KEY' && 'PONTE_FINGERPRINT_KEY' in shape)
      ? resolveFile(value, problem => {
          if ('file' in problem) unreadable.push(`${name}: ${secretFileUnreadable(problem.file)}`)
        })
      : value
  const set = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value ? [[name, resolve(name, value)]] : [])),
  )
  if (unreadable.length > 0) throw new ConfigurationError(unreadable)
  const present = { ...derivedFingerprintKey(set), ...set }
  const parsed = z.object(shape).safeParse(present, wordsOfLibrary(language))
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map(issue => issue.path.join('.'))
  throw new ConfigurationError(
    parsed.error.issues.flatMap((issue, index) => {
      const name = names[index] ?? ''
      if (Object.hasOwn(present, name)) return [`${name}: ${wordsOfSchema(issue.message, language)}`]
      if (name !== 'PONTE_FINGERPRINT_KEY') return [`${name}: ${notSet}`]
      return names.includes('PONTE_SECRET_KEY') ? [] : [`${name}: ${notDerived}`]
    }),
  )
}

function derivedFingerprintKey({ PONTE_SECRET_KEY: text }: NodeJS.ProcessEnv): { PONTE_FINGERPRINT_KEY?: string } {
  const secretKey = text === undefined ? undefined : readKey(text)
  return secretKey === undefined ? {} : { PONTE_FINGERPRINT_KEY: deriveFingerprintKey(secretKey).toString('base64') }
}

/** 32 bytes, as base64 or 64 hex digits. */
function readKey(text: string): Buffer | undefined {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  return bytes.length === 32 ? bytes : undefined
}
