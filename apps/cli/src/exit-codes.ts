/** How a command ends. `--help` and docs/cli.md tell them; scripts rely on them. */
export const exitCodes = {
  ok: 0,
  /** It ran, and found or left something that needs a person. */
  problems: 1,
  /** The command line or the configuration cannot be used. */
  wrongUse: 2,
  /** Redis, an API or the ingress does not answer. */
  notReachable: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The command line asks for something that cannot be. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** Something that the command cannot do without does not answer. */
export class NotReachableError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotReachableError'
  }
}
