import type { TotvsCrmClient } from '@ponte/clients'
import { type CrmOpportunity, Failure } from '@ponte/contracts'
import type { ContactStates } from '../calls/contact-states.ts'
import { NotReachableError, UsageError } from '../exit-codes.ts'

/** A contact costs two calls or three, and the quota is shared with another program. */
const MOST_ASKED = 100
/** RD Station's clock and that of the other program may differ by this much. */
const CLOCK_SKEW_MS = 60_000

export interface Marked {
  /** Opportunities since the time whose contact is, or was since then, an opportunity in RD Station. */
  readonly ids: readonly string[]
  /** How many could not be asked for. */
  readonly unasked: number
  /** Why not, where a system did not answer. */
  readonly code?: string
}

interface Question {
  readonly opportunities: readonly CrmOpportunity[]
  /** Leads with an older opportunity that is open: this one may be why their contact is shown. */
  readonly leadsShown: ReadonlySet<string>
  /** Milliseconds since 1970. */
  readonly since: number
}

/** Which opportunities somebody else has told RD Station of, although the other program should have been off. */
export async function findMarked(
  { opportunities, leadsShown, since }: Question,
  { crm, states }: { readonly crm: Pick<TotvsCrmClient, 'getLead'>; readonly states: ContactStates },
): Promise<Marked> {
  const ids: string[] = []
  let unasked = Math.max(0, opportunities.length - MOST_ASKED)
  const asked = opportunities.slice(0, MOST_ASKED)
  for (const [index, { id, leadId }] of asked.entries()) {
    try {
      const lead = leadId === undefined ? undefined : await crm.getLead(leadId)
      const state = lead === undefined ? 'unnamed' : await states.of(lead)
      if (state === 'held') unasked += 1
      if (lead === undefined || typeof state === 'string') continue
      const isShownForIt = state.isShown && !leadsShown.has(lead.id)
      if (isShownForIt || ((await states.markedAt(lead)) ?? -Infinity) >= since - CLOCK_SKEW_MS) ids.push(id)
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      return { ids, unasked: unasked + asked.length - index, code }
    }
  }
  return { ids, unasked }
}

/** Undefined for an error of Ponte itself. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof Failure) return error.code
  if (error instanceof NotReachableError) return 'ACCOUNT_BUSY'
  return error instanceof UsageError ? 'SECRET_KEY_OTHER' : undefined
}
