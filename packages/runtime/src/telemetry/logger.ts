import { type DestinationStream, type Logger, type LoggerOptions as PinoOptions, pino } from 'pino'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: string
  readonly process: string
  /** Default: stdout. */
  readonly destination?: DestinationStream
}

const secretNames: ReadonlySet<string> = new Set([
  ...['email', 'phone', 'name', 'token', 'password', 'secret', 'authorization', 'cookie'],
])
/** Log lines are flat: nothing that Ponte logs nests deeper. */
const DEEPEST = 3

/** JSON lines. Payloads are never logged; redaction is the second fence. */
export function createLogger({ level, process: name, destination }: LoggerOptions): Logger {
  const options: PinoOptions = {
    level,
    base: { process: name, pid: process.pid },
    // Redacted by hand: pino's own redaction goes through the line once for each path, which took half of the time of a line.
    formatters: { log: redact },
    serializers: { err: describeError },
  }
  if (destination) return pino(options, destination)
  const stdout = pino.destination({ sync: false, minLength: GATHERED_BYTES, periodicFlush: GATHERED_MS })
  return pino({ ...options, hooks: { logMethod: writeWarningsAtOnce(stdout) } }, stdout)
}

/** Each write to stdout costs more than the line itself. The rest is written at exit. */
const GATHERED_BYTES = 12 * 1024
const GATHERED_MS = 100
/** pino's number of the level. */
const WARN = 40

/** Writes a warning at once, or at most 0.1 s later when an earlier write has not ended. */
const writeWarningsAtOnce = (stdout: {
  readonly flush: () => void
}): NonNullable<NonNullable<PinoOptions['hooks']>['logMethod']> =>
  function (args, log, level) {
    log.apply(this, args)
    if (level >= WARN) stdout.flush()
  }

const redact = (facts: object): Record<string, unknown> => ({
  ...(hasSecret(facts, 1) ? withoutSecrets(facts, 1) : facts),
})

/** Objects and lists; `err` is described by its serializer. */
const isNested = (key: string, value: unknown): value is object =>
  typeof value === 'object' && value !== null && key !== 'err'

/** Nearly always false. Then nothing has to be copied. */
function hasSecret(facts: object, depth: number): boolean {
  for (const [key, value] of Object.entries(facts)) {
    if (secretNames.has(key) || (depth < DEEPEST && isNested(key, value) && hasSecret(value, depth + 1))) return true
  }
  return false
}

function withoutSecrets(facts: object, depth: number): object {
  const inside = (value: unknown, key: string): unknown =>
    depth < DEEPEST && isNested(key, value) && hasSecret(value, depth + 1) ? withoutSecrets(value, depth + 1) : value
  if (Array.isArray(facts)) return facts.map((value, index) => inside(value, String(index)))
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, secretNames.has(key) ? '***' : inside(value, key)]),
  )
}

/** Code, message and stack: never the extra members in which libraries keep URLs, headers and bodies. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an Error' }
  return { type: error.name, message: error.message, stack: error.stack }
}
