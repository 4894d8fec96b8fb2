import type { Language } from '@ponte/contracts'
import type { Resend, ResendPart } from '@ponte/state'
import { formatCount } from '../../ui/shell.ts'
import { resendTexts } from './texts.ts'

type Counts = Pick<Resend, 'state'> & { readonly parts: readonly ResendPart[] }

export const sumOf = (parts: readonly ResendPart[], count: (part: ResendPart) => number): number =>
  parts.reduce((sum, part) => sum + count(part), 0)

export const failedOf = ({ failed }: ResendPart): number => failed.reduce((sum, { count }) => sum + count, 0)

/** How many have ended, in whatever way. */
export const endedOf = ({ asked, underWay, unsent }: ResendPart): number => asked - underWay - unsent

/** `248 delivered, 2 failed again`: every event that was asked for, once. */
export function outcomeText({ state, parts }: Counts, language: Language): string {
  const { outcomes } = resendTexts[language]
  const isRead = ({ queue }: ResendPart): boolean => queue === 'quarantine'
  const counts = {
    done: sumOf(parts, part => (isRead(part) ? 0 : part.done)),
    // A quarantined delivery is not delivered by that: its events go into the queues.
    read: sumOf(parts, part => (isRead(part) ? part.done : 0)),
    skipped: sumOf(parts, part => part.skipped),
    failed: sumOf(parts, failedOf),
    underWay: sumOf(parts, part => part.underWay),
    left: sumOf(parts, part => part.left),
    gone: sumOf(parts, part => part.gone),
    [state === 'working' ? 'toSend' : 'unsent']: sumOf(parts, part => part.unsent),
  }
  return Object.entries(outcomes)
    .flatMap(([name, text]) => {
      const count = new Map(Object.entries(counts)).get(name) ?? 0
      return count === 0 ? [] : text(count)(formatCount(count, language))
    })
    .join(', ')
}

/** `250 events: 248 delivered, 2 failed again`. */
export function summaryText({ kind, ...counts }: Counts & Pick<Resend, 'kind'>, language: Language): string {
  const words = resendTexts[language]
  const asked = sumOf(counts.parts, part => part.asked)
  const head = kind === 'trial' ? words.trial : words.asked(asked)(formatCount(asked, language))
  return `${head}: ${outcomeText(counts, language)}`
}
