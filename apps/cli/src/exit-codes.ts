import { type FailureCode, failures } from '@ponte/contracts'

/** How a command ends. Scripts rely on these codes; `--help` and docs/cli.md list them. */
export const exitCodes = {
  ok: 0,
  /** The command ran, and found or left something that a person has to look at. */
  problems: 1,
  /** The command line or the configuration is wrong. */
  wrongUse: 2,
  /** Redis, an API or the ingress does not answer or is unavailable: try again later. */
  notReachable: 3,
  /** A person pressed Ctrl-C, as shells say it. What was done stays, and the command can go on from there. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The exit code for a failure: `notReachable` if a system or Ponte's own state is unavailable or takes no more calls, else `problems`. */
export function exitCodeOfFailure(code: FailureCode): ExitCode {
  const { breakerReason, isOfPonteState } = failures[code]
  const mayPass = breakerReason === 'down' || breakerReason === 'throttled' || isOfPonteState === true
  return mayPass ? exitCodes.notReachable : exitCodes.problems
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something that the command needs does not answer. */
export class NotReachableError extends Error {
  override readonly name = 'NotReachableError'
}
