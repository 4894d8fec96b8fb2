import type { RdStationClient } from '@ponte/clients'
import { type CrmLead, ThrottledFailure } from '@ponte/contracts'
import { type ContactName, contactNamesOf, isClient } from '@ponte/mappers'

/** What RD Station shows of a contact. It has one state for all opportunities of the contact. */
export interface ContactState {
  readonly isShown: boolean
  readonly isClient: boolean
}

/**
 * - `unknown`: RD Station does not know the contact, or TOTVS CRM has nothing by which it could be asked.
 * - `held`: it was asked for this contact too often today (docs/vendors/rd-station.md#limit-per-contact).
 */
export type NoState = 'unknown' | 'held'

/** An address book in a lead is a test record. */
const MAX_NAMES = 5

/** RD Station's contacts of leads. Each is asked for once in a command: a day has 24 calls for each. */
export function createContactStates(rd: Pick<RdStationClient, 'findFunnel' | 'findContact' | 'listMarkTimes'>) {
  const states = new Map<string, Promise<ContactState | NoState>>()
  const marks = new Map<string, Promise<number | undefined>>()

  const namesOf = (lead: CrmLead): readonly ContactName[] => contactNamesOf(lead).slice(0, MAX_NAMES)

  const keyOf = (lead: CrmLead): string => JSON.stringify(namesOf(lead)[0] ?? lead.id).toLowerCase()

  async function read(lead: CrmLead): Promise<ContactState | NoState> {
    for (const name of namesOf(lead)) {
      const funnel = await rd.findFunnel(name)
      if (funnel !== undefined) return { isShown: funnel.opportunity, isClient: isClient(funnel) }
    }
    return 'unknown'
  }

  async function readMarkedAt(lead: CrmLead): Promise<number | undefined> {
    for (const name of namesOf(lead)) {
      const uuid = 'uuid' in name ? name.uuid : (await rd.findContact(name))?.uuid
      if (uuid === undefined) continue
      const { times, aheadMs } = await rd.listMarkTimes(uuid)
      if (times.length > 0) return Math.max(...times) - aheadMs
    }
    return undefined
  }

  return {
    of(lead: CrmLead): Promise<ContactState | NoState> {
      const key = keyOf(lead)
      const known = states.get(key)
      if (known !== undefined) return known
      const state = orHeld(read(lead))
      states.set(key, state)
      // What had no answer may be asked again.
      state.catch(() => states.delete(key))
      return state
    },

    /** When the contact was last marked as an opportunity, in milliseconds since 1970 by our clock. Sales and losses cannot be listed. */
    markedAt(lead: CrmLead): Promise<number | undefined> {
      const key = keyOf(lead)
      const known = marks.get(key) ?? readMarkedAt(lead)
      marks.set(key, known)
      // What had no answer may be asked again.
      known.catch(() => marks.delete(key))
      return known
    },
  }
}

async function orHeld(state: Promise<ContactState | NoState>): Promise<ContactState | NoState> {
  try {
    return await state
  } catch (error) {
    if (error instanceof ThrottledFailure && error.scope === 'job') return 'held'
    throw error
  }
}

export type ContactStates = ReturnType<typeof createContactStates>
