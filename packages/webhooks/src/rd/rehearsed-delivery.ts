import { isBlank, isRehearsalIdentifier, type RegisteredLead, type RehearsedDelivery } from '@ponte/contracts'
import { readText } from '../body/read-text.ts'
import type { LeadPlaces } from './lead-places.ts'
import { readLegalBases } from './sources.ts'

/** Custom fields have names that somebody made up. */
const plainName = /^(?!cf_)[a-z_]{1,40}$/
const MAX_NAMES = 40

/** What a delivery of `ponte rehearse` looks like, by names only. Empty for any other. */
export function readRehearsed(
  places: LeadPlaces,
  { conversionIdentifier, uuid = '' }: RegisteredLead,
  format: RehearsedDelivery['format'],
): Pick<RegisteredLead, 'rehearsal'> {
  if (!isRehearsalIdentifier(conversionIdentifier)) return {}
  const { lead } = places
  const url = readText(lead.public_url)
  const names = Object.keys(lead).filter(name => plainName.test(name) && !isBlank(lead[name]))
  return {
    rehearsal: {
      format,
      members: names.slice(0, MAX_NAMES),
      publicUrl: url === undefined ? 'absent' : url.endsWith(`/leads/public/${uuid}`) ? 'expected' : 'other',
      legalBases: readLegalBases(places).length,
    },
  }
}
