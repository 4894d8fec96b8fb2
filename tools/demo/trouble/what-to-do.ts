import { describeAddresses, type Running } from '../what-next.ts'
import type { HelpDesk } from './help-desk.ts'
import { troubleNames } from './names.ts'

/** What was planted, and what an operator is to do about it. */
export function describeTrouble(running: Running, desk: HelpDesk): string {
  const { board } = running.ponte
  const { acme, nova } = troubleNames
  return `
Everything stays up until Ctrl+C. You are the operator of two companies, ${acme} and ${nova}. Log in to the board:

  board      ${board?.url}
             user ${board?.user}, password ${board?.password}
  help desk  ${desk.url} (what the administrators of both systems do for you)

Find out what is wrong, have each cause repaired at the help desk, and on the board

  1. reconnect ${acme} to RD Station (the sandbox agrees at once)
  2. have TOTVS CRM of ${nova} checked, once it is back
  3. retry what failed of each of the three causes
  4. retry what is in quarantine

The day before these events is made up, so that charts and results have something to show.

${describeAddresses(running)}`
}
