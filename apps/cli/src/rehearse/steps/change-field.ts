import { isBlank } from '@ponte/contracts'
import type { Rehearsal } from '../context.ts'
import { countsOf } from '../fact-report.ts'
import { StoppedError } from '../stops.ts'
import { convert, otherJobTitle } from './convert.ts'

/** Changes with every write. */
const volatile = ['updatedAt']

/** One field changes in RD Station: after the next conversion the lead has it, and everything else that it had. */
export async function changeField(run: Rehearsal): Promise<void> {
  const { rd, state, report } = run
  if (state.contact === undefined || state.lead === undefined)
    throw new StoppedError({ kind: 'nothing-came', what: 'record' })
  const { lead } = state
  const before = await run.readRecord('lead', lead)
  await rd.changeContact(state.contact, { job_title: otherJobTitle })
  await convert(run, { job_title: otherJobTitle })
  const after = await run.readRecord('lead', lead)
  if (before === undefined || after === undefined) throw new StoppedError({ kind: 'nothing-came', what: 'record' })

  const names = Object.keys(before).filter(name => !volatile.includes(name) && !isBlank(before[name]))
  const changed = names.filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  const lost = names.filter(name => isBlank(after[name]))
  if (changed.length === 0) {
    report.skip('crm-update-partial', 'not-changed')
    return
  }
  await report.answer('crm-update-partial', lost.length === 0, countsOf(names.length, lost))
  // Nothing may be updated any more: each update would take more away.
  if (lost.length > 0) throw new StoppedError({ kind: 'fact', fact: 'crm-update-partial' })
}
