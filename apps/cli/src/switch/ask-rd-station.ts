import { setTimeout as sleep } from 'node:timers/promises'
import type { TotvsCrmClient } from '@ponte/clients'
import { CLOCK_SKEW_MS, type CrmLead, type CrmOpportunity, Failure, TransientFailure } from '@ponte/contracts'
import { connectProblem, type ContactState, type ContactStates } from '@ponte/operations'

/** A contact costs two calls or three, and the quota is shared with another program. */
const MAX_ASKED = 100

export interface OpportunitySearch {
  readonly ids: readonly string[]
  /** How many could not be asked for. */
  readonly unasked: number
  /** Why not, where a system did not answer. */
  readonly code?: string
}

interface Question {
  readonly opportunities: readonly CrmOpportunity[]
  /** Leads with an older opportunity that is open: it may be why their contact is shown as one. */
  readonly leadsShown: ReadonlySet<string>
}

interface Deps {
  readonly crm: Pick<TotvsCrmClient, 'getLead'>
  readonly states: ContactStates
}

/** Opportunities of which somebody else has told RD Station since a time, although the other program should have been off. */
export const findMarked = (
  { opportunities, leadsShown, since }: Question & { readonly since: number },
  deps: Deps,
): Promise<OpportunitySearch> =>
  findAmong(opportunities, deps, async (lead, { isShown }) => {
    if (isShown && !leadsShown.has(lead.id)) return true
    return ((await deps.states.markedAt(lead)) ?? -Infinity) >= since - CLOCK_SKEW_MS
  })

/**
 * Opportunities that have ended, and of whose end nobody has told RD Station: it still shows their contact as an opportunity, and nothing else
 * explains that.
 */
export function findUnmarkedEnds({ opportunities, leadsShown }: Question, deps: Deps): Promise<OpportunitySearch> {
  const isAlone = (lead: CrmLead): boolean => opportunities.filter(({ leadId }) => leadId === lead.id).length === 1
  return findAmong(opportunities, deps, async (lead, { isShown }) =>
    Promise.resolve(isShown && !leadsShown.has(lead.id) && isAlone(lead)),
  )
}

async function findAmong(
  opportunities: readonly CrmOpportunity[],
  { crm, states }: Deps,
  isFound: (lead: CrmLead, state: ContactState) => Promise<boolean>,
): Promise<OpportunitySearch> {
  const ids: string[] = []
  let unasked = Math.max(0, opportunities.length - MAX_ASKED)
  const asked = opportunities.slice(0, MAX_ASKED)
  for (const [index, { id, leadId }] of asked.entries()) {
    try {
      const answer = await askedAgain(async () => {
        const lead = leadId === undefined ? undefined : await crm.getLead(leadId)
        const state = lead === undefined ? 'unknown' : await states.of(lead)
        return lead !== undefined && typeof state === 'object' ? await isFound(lead, state) : state
      })
      if (answer === 'held') unasked += 1
      if (answer === true) ids.push(id)
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      return { ids, unasked: unasked + asked.length - index, code }
    }
  }
  return { ids, unasked }
}

/** Pauses before a question is asked again. A short outage must not leave all the rest unasked. */
const PAUSES_MS = [1000, 4000] as const

async function askedAgain<Value>(question: () => Promise<Value>): Promise<Value> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error
      await sleep(pauseMs)
    }
  }
  return await question()
}

/** Undefined for an error of Ponte itself. */
const codeOf = (error: unknown): string | undefined => (error instanceof Failure ? error.code : connectProblem(error))
