import { type DestinationStream, type Logger, type LoggerOptions as PinoOptions, pino } from 'pino'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: string
  readonly process: string
  /** Default: stdout. */
  readonly destination?: DestinationStream
}

/** JSON lines. Payloads are never logged; redaction is the second fence. */
export function createLogger({ level, process: name, destination }: LoggerOptions): Logger {
  const options: PinoOptions = {
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
  }
  return destination ? pino(options, destination) : pino(options)
}

/** Code, message and stack: never the extra members in which libraries keep URLs, headers and bodies. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an Error' }
  return { type: error.name, message: error.message, stack: error.stack }
}
