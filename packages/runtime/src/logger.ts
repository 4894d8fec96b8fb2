import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/** JSON lines on stdout. Payloads are never logged; redaction is the second fence. */
export function createLogger({ level, process: name }: { level: string; process: string }): Logger {
  return pino({
    level,
    base: { process: name, pid: process.pid },
    redact: {
      paths: ['email', 'phone', 'name', 'token', 'password', 'secret', 'authorization', 'cookie'].flatMap(key => [
        key,
        `*.${key}`,
        `*.*.${key}`,
      ]),
      censor: '***',
    },
    serializers: { err: describeError },
  })
}

/** Code, message and stack: never the extra members in which libraries keep URLs, headers and bodies. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an Error' }
  return { type: error.name, message: error.message, stack: error.stack }
}
