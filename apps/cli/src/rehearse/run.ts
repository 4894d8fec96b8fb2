import { Failure } from '@ponte/contracts'
import { endRehearsal } from './clean-up.ts'
import type { Rehearsal } from './context.ts'
import { describeCleanUp, type Finished } from './describe-rehearsal.ts'
import { type Stop, StoppedError } from './stops.ts'
import { bringLead } from './steps/bring-lead.ts'
import { changeField } from './steps/change-field.ts'
import { judgeWebhooks } from './steps/opportunity-events.ts'
import { lose } from './steps/lose.ts'
import { seeMark } from './steps/see-mark.ts'
import { tryStatusRd } from './steps/status-rd.ts'
import { win } from './steps/win.ts'
import { throwIfInterrupted } from './waits.ts'
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
export const stepNames: readonly StepName[] = Object.keys(steps).filter(isStepName)

/** Runs the steps that are left, and cleans up whatever came of them. */
export async function runRehearsal(run: Rehearsal): Promise<Finished> {
  const { session } = run
  const words = session.texts.rehearse
  let stop: Stop | undefined
  try {
    for (const name of stepNames) {
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
  if (error instanceof StoppedError) return error.stop
  return error instanceof Failure ? { kind: 'failure', code: error.code } : undefined
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
