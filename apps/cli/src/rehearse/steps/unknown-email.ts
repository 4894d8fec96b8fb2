import { Failure } from '@ponte/contracts'
import { isBrokenBy } from '../facts/facts.ts'
import type { Rehearsal } from '../context.ts'

/** RD Station is told of an opportunity of somebody whom it does not know. */
export async function markUnknown({ rd, unknownEmail, report }: Rehearsal): Promise<void> {
  try {
    await rd.sendMark({ type: 'OPPORTUNITY', email: unknownEmail })
  } catch (error) {
    if (!(error instanceof Failure) || !isBrokenBy('rd-unknown-email-200', error.code)) throw error
    await report.answer('rd-unknown-email-200', false, { status: error.context['status'] ?? null })
  }
}

/** Later: the event may take a while. */
export async function judgeUnknown({ rd, unknownEmail, report }: Rehearsal): Promise<void> {
  const found = await rd.findContact({ email: unknownEmail })
  await report.answer('rd-unknown-email-200', found === undefined, { status: 200, isMade: found !== undefined })
}
