import { type FailureCode, isFailureCode } from './failures.ts'

/** Of a failure that names none of Ponte's codes, as BullMQ itself may cause. */
export const WITHOUT_CODE = 'WITHOUT_CODE'

export type ReasonCode = FailureCode | typeof WITHOUT_CODE

/** The code that a failed job's reason begins with, `CODE: sentence`. BullMQ has null for the reason of a retried job. */
export function codeOfReason(reason: string | null | undefined): ReasonCode {
  const code = /^[A-Z_]+(?=:|$)/.exec(reason ?? '')?.[0] ?? ''
  return isFailureCode(code) ? code : WITHOUT_CODE
}
