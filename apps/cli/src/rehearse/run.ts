import { Failure } from '@ponte/contracts'
import { type ExitCode, exitCodeOfFailure, exitCodes } from '../exit-codes.ts'
import { type CleanUp, endRehearsal } from './clean-up.ts'
import type { Rehearsal } from './context.ts'
import { describeCleanUp } from './describe-clean-up.ts'
import { ContactOfOthersError, EventFailedError, FactBrokenError, NothingCameError } from './stops.ts'
import { bringLead } from './steps/bring-lead.ts'
import { changeField } from './steps/change-field.ts'
import { judgeWebhooks } from './steps/opportunity-events.ts'
import { lose } from './steps/lose.ts'
import { seeMark } from './steps/see-mark.ts'
import { tryStatusRd } from './steps/status-rd.ts'
import { win } from './steps/win.ts'
import { InterruptedError, throwIfInterrupted } from './waits.ts'
import { isBrokenBy } from './facts/facts.ts'

/** What is done, in this order. A run that is resumed goes on with the first that it has not finished. */
const steps = {
  bring: bringLead,
  'mark-unknown': markUnknown,
  change: changeField,
  mark: seeMark,
  win,
  lose,
  'look-for-unknown': judgeUnknown,
  'status-rd': tryStatusRd,
  webhooks: judgeWebhooks,
} as const satisfies Readonly<Record<string, (run: Rehearsal) => Promise<void>>>

export type StepName = keyof typeof steps
const isStepName = (name: string): name is StepName => Object.hasOwn(steps, name)

/** Why a run ended before its last step. */
export type Stop =
  | { readonly kind: 'fact'; readonly fact: FactBrokenError['fact'] }
  | { readonly kind: 'event-failed'; readonly event: string; readonly code: string }
  | { readonly kind: 'nothing-came'; readonly what: NothingCameError['what'] }
  | { readonly kind: 'contact-of-others'; readonly contact: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failure'; readonly code: Failure['code'] }

export interface Finished extends CleanUp {
  readonly stop: Stop | undefined
}

/** Runs the steps that are left, and cleans up whatever came of them. */
export async function runRehearsal(run: Rehearsal): Promise<Finished> {
  const { session } = run
  const words = session.texts.rehearse
  let stop: Stop | undefined
  try {
    for (const name of Object.keys(steps).filter(isStepName)) {
      if (run.state.done.includes(name)) continue
      throwIfInterrupted(run.signal)
      session.progress(words.steps[name])
      await run.save({ begun: name })
      await steps[name](run)
      await run.save({ done: [...run.state.done, name] })
    }
  } catch (error) {
    stop = stopOf(error)
    if (stop === undefined) {
      const lines = describeCleanUp(await endRehearsal(run), session)
      if (lines.length > 0) session.notice(lines.join('\n'))
      throw error
    }
    // What came before the end is judged all the same.
    await judgeWebhooks(run).catch(() => undefined)
  }
  session.progress(words.cleaningUp)
  return { stop, ...(await endRehearsal(run)) }
}

function stopOf(error: unknown): Stop | undefined {
  if (error instanceof FactBrokenError) return { kind: 'fact', fact: error.fact }
  if (error instanceof EventFailedError) return { kind: 'event-failed', event: error.event, code: error.code }
  if (error instanceof NothingCameError) return { kind: 'nothing-came', what: error.what }
  if (error instanceof ContactOfOthersError) return { kind: 'contact-of-others', contact: error.contact }
  if (error instanceof InterruptedError) return { kind: 'interrupted' }
  return error instanceof Failure ? { kind: 'failure', code: error.code } : undefined
}

/** A fact that does not hold is the more important news. */
export function exitCodeOf(answers: readonly { readonly held: boolean | null }[], stop: Stop | undefined): ExitCode {
  if (answers.some(({ held }) => held === false)) return exitCodes.problems
  switch (stop?.kind) {
    case undefined:
      return exitCodes.ok
    case 'failure':
      return exitCodeOfFailure(stop.code)
    case 'contact-of-others':
      return exitCodes.wrongUse
    case 'nothing-came':
    case 'interrupted':
      return exitCodes.notReachable
    case 'event-failed':
    case 'fact':
      return exitCodes.problems
  }
}

/** RD Station is told of an opportunity of somebody whom it does not know. */
async function markUnknown({ rd, unknownEmail, report }: Rehearsal): Promise<void> {
  try {
    await rd.sendMark({ type: 'OPPORTUNITY', email: unknownEmail })
  } catch (error) {
    if (!(error instanceof Failure) || !isBrokenBy('rd-unknown-email-200', error.code)) throw error
    await report.answer('rd-unknown-email-200', false, { status: error.context['status'] ?? null })
  }
}

/** Later: the event may take a while. */
async function judgeUnknown({ rd, unknownEmail, report }: Rehearsal): Promise<void> {
  const found = await rd.findContact({ email: unknownEmail })
  await report.answer('rd-unknown-email-200', found === undefined, { status: 200, isMade: found !== undefined })
}
