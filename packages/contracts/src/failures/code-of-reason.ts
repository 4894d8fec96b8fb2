import { type FailureCode, isFailureCode } from './failures.ts'

/** For failures without one of Ponte's codes, such as those that BullMQ itself causes. */
export const WITHOUT_CODE = 'WITHOUT_CODE'

export type ReasonCode = FailureCode | typeof WITHOUT_CODE

/** The code that a failed job's reason begins with, `CODE: sentence`. BullMQ has null as the reason of a retried job. */
export function codeOfReason(reason: string | null | undefined): ReasonCode {
  const code = /^[A-Z_]+(?=:|$)/.exec(reason ?? '')?.[0] ?? ''
  return isFailureCode(code) ? code : WITHOUT_CODE
}
