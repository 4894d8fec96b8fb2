import type { Message, MessageKey } from './message.ts'
import { waitReasons } from './waiting-messages.ts'

/** Why a run does nothing, and its event is *skipped*. */
export const skipReasons = [
  'own-mark-without-lead',
  'lead-skipped-by-rule',
  'lead-sent-by-no-rule',
  'lead-newer-conversion',
  'lead-newer-delivery',
  'mark-without-lead',
  'mark-up-to-date',
  'mark-adopted',
  'sale-differs',
  'loss-differs',
  'lead-not-from-rd',
  'lead-has-no-email',
  'contact-has-no-email',
  'rounds-used',
  'round-later',
  'round-superseded',
  'opportunity-gone',
  'status-rd-nothing',
  'status-rd-asked',
  'status-rd-max-writes',
  'of-the-package',
  'enqueued-at-switch',
  'rest-kept',
] as const satisfies readonly MessageKey[]

export type SkipReason = Message<(typeof skipReasons)[number]>

export type WaitReason = Message<keyof typeof waitReasons>

export { waitReasons }
