import type { Call } from '@ponte/testbed'
import type { Evidence } from './evidence.ts'
import { findOwnRecords, type OwnRecords } from './own-records.ts'
import { ECHO_VERSION, identifierOf, type Person, valuesOf, versionOf } from '../plan/people.ts'

/** One lead a person, of its newest conversion; one opportunity a conversion at most, and one open at a time. */
export function checkLeads(evidence: Evidence): string[] {
  const deliveries = deliveriesOf(evidence)
  const none: Delivered = { acknowledged: new Set(), unknown: new Set() }
  return [
    ...evidence.people.flatMap(person => {
      const own = findOwnRecords(person, evidence)
      const delivered = deliveries.get(person.number) ?? none
      const echo = echoesOf(person, evidence)
      return [...checkLead(person, own, { ...delivered, echo }), ...checkOpportunities(person, own, evidence)].map(
        problem => `person ${person.number} (${person.kind}): ${problem}`,
      )
    }),
    ...checkOrderOfWrites(evidence, deliveries),
  ]
}

/** What became of the deliveries that Ponte's own marks of the person caused. */
type EchoState = 'none' | 'acknowledged' | 'unknown'

function echoesOf({ uuid }: Person, { echoes }: Evidence): EchoState {
  const own = echoes.filter(({ body }) => JSON.stringify(body).includes(uuid))
  if (own.length === 0) return 'none'
  return own.some(({ state }) => state === 'delivered') ? 'acknowledged' : 'unknown'
}

interface Delivered {
  /** Versions that were acknowledged. */
  readonly acknowledged: Set<number>
  /** Versions of which no attempt was acknowledged: they may have arrived. */
  readonly unknown: Set<number>
}

function deliveriesOf({ sent }: Evidence): Map<number, Delivered> {
  const found = new Map<number, Delivered>()
  for (const { contents, answer } of sent) {
    for (const content of contents) {
      if (content.kind !== 'conversion') continue
      const own = found.get(content.person) ?? { acknowledged: new Set(), unknown: new Set() }
      found.set(content.person, own)
      own[answer === undefined ? 'unknown' : 'acknowledged'].add(content.version)
    }
  }
  return found
}

function checkLead(
  person: Person,
  { leads, opportunities }: OwnRecords,
  { acknowledged, unknown, echo }: Delivered & { readonly echo: EchoState },
): string[] {
  const [lead, ...others] = leads
  if (others.length > 0) return [`has ${leads.length} leads`]
  if (acknowledged.size === 0) return []
  if (lead === undefined) return ['was acknowledged and has no lead']
  if (opportunities.length === 0) return ['was acknowledged and has no opportunity']

  const newest = Math.max(...acknowledged)
  const version = versionOf(lead.name)
  const values = { name: lead.name, city: lead.addresses[0]?.cityName, jobTitle: lead.jobTitle }
  if (version === undefined || JSON.stringify(values) !== JSON.stringify(valuesOf(person, { version }))) {
    return [`has values of no conversion, or of several: ${JSON.stringify(values)}`]
  }
  const { origem } = lead.customFields
  // A mark names no conversion, so its echo leaves the field as it is.
  if (version !== ECHO_VERSION && origem !== identifierOf(version))
    return [`its lead is of conversion ${version}, and its custom field of ${String(origem)}`]
  if (version === ECHO_VERSION) return echo === 'none' ? ['has the values of an echo that never came'] : []
  if (echo === 'acknowledged') return [`its lead is of conversion ${version}, and an echo was acknowledged`]
  const isNewer = version > newest && unknown.has(version)
  return version === newest || isNewer
    ? []
    : [`its lead is of conversion ${version}, and conversion ${newest} was acknowledged`]
}

function checkOpportunities(person: Person, { opportunities }: OwnRecords, { stands }: Evidence): string[] {
  const open = opportunities.filter(({ status }) => status === 'PROGRESS')
  const byPonte = opportunities.filter(({ description }) => description.startsWith('RD Station - '))
  const versions = byPonte.map(({ description }) => versionOf(description))
  const repeated = new Set(versions.filter((version, index) => versions.indexOf(version) !== index))
  const early = byPonte.slice(1).filter(({ createdAt }, index) => {
    const before = byPonte[index]
    const closedAt = stands.find(
      ({ opportunityId, status }) => opportunityId === before?.id && status !== 'PROGRESS',
    )?.at
    return closedAt === undefined || createdAt < closedAt
  })
  const strange = byPonte.filter(
    ({ description, customFields }) => customFields.origem !== identifierOf(versionOf(description) ?? Number.NaN),
  )
  const perConversion = person.conversions.length > 0 && byPonte.length > person.conversions.length
  return [
    ...(versions.includes(ECHO_VERSION) ? ['the echo of a mark opened an opportunity'] : []),
    ...(open.length > 1 ? [`has ${open.length} open opportunities`] : []),
    ...[...repeated].map(version => `conversion ${version} opened more than one opportunity`),
    ...strange.map(({ id }) => `opportunity ${id} has the custom field of another conversion, or none`),
    ...early.map(({ id }) => `opportunity ${id} was opened while the one before was open`),
    ...(perConversion ? [`has ${byPonte.length} opportunities of ${person.conversions.length} conversions`] : []),
  ]
}

/**
 * In the order in which the CRM did them: no lead has an older conversion written over a newer one. Only if a primary of Redis was being
 * lost when the newer one was written, nobody may know of it until it is written again; and never again if it was not acknowledged.
 */
function checkOrderOfWrites({ calls, leads, losses }: Evidence, deliveries: ReadonlyMap<number, Delivered>): string[] {
  const personOf = (name: string): number => Number(/^Pessoa (\d+)/.exec(name)?.[1])
  const idOf = new Map(leads.map(lead => [`Pessoa ${personOf(lead.name)}`, lead.id]))
  const acknowledgedOf = new Map(leads.map(({ id, name }) => [id, deliveries.get(personOf(name))?.acknowledged]))
  const writes = calls.flatMap(call => {
    const version = writtenVersion(call)
    return version === undefined ? [] : [{ version, call, leadId: leadOf(call, idOf) }]
  })
  return [...Map.groupBy(writes, ({ leadId }) => leadId).values()].flatMap(ofLead =>
    ofLead.flatMap(({ version, call, leadId }, index) => {
      const newer = ofLead.slice(0, index).filter(each => each.version > version)
      const newest = Math.max(...newer.map(each => each.version))
      const isForgotten = newer.every(({ call: { at } }) => losses.some(({ from, to }) => from <= at && at <= to))
      const acknowledged = newer.filter(each => acknowledgedOf.get(leadId)?.has(each.version) !== false)
      // Also when the answer to it was lost: what the lead holds in the end is checked by itself.
      const later = calls.filter(each => each.number > call.number && leadOf(each, idOf) === leadId)
      const isRepeated = acknowledged.every(each => later.some(it => (sentVersion(it) ?? 0) >= each.version))
      return newer.length === 0 || (isForgotten && isRepeated)
        ? []
        : [
            `lead ${leadId}: conversion ${version} was written (call ${call.number}, ${call.at}) after conversion ${newest}: ` +
              `${newer.map(each => each.call.at).join(', ')}; ${isRepeated ? '' : 'not '}written again`,
          ]
    }),
  )
}

/** Of a call that created or changed a lead. */
function writtenVersion(call: Call): number | undefined {
  const { status } = call
  return status !== null && status >= 200 && status < 300 ? sentVersion(call) : undefined
}

/** The same, also where nothing or an error was answered. */
function sentVersion({ method, integration, body }: Call): number | undefined {
  const isWrite = method === 'POST' && integration['resource'] === 'leads-integration'
  return isWrite && typeof body === 'object' && body !== null && 'name' in body ? versionOf(body.name) : undefined
}

function leadOf({ integration, body }: Call, idOf: ReadonlyMap<string, string>): string {
  const named = /->eq->([^}]+)\}/.exec(integration['filter'] ?? '')?.[1]
  if (named !== undefined) return named
  const name = typeof body === 'object' && body !== null && 'name' in body ? String(body.name) : ''
  return idOf.get(/^Pessoa \d+/.exec(name)?.[0] ?? '') ?? name
}
