import { inBrasilia, jobs, type LeadEvent } from '@ponte/contracts'
import { parseRdDelivery, readHeadings } from '@ponte/webhooks'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { openRecordedLeads } from '../testing/recorded-leads.ts'

const NOON = Date.UTC(2026, 0, 1, 12)
const person = { uuid: '11111111-1111-4111-8111-111111111111', email: 'pessoa@cliente.example', name: 'Pessoa' }

/** A conversion as one path shows it. */
interface Conversion {
  readonly number: number
  readonly at: number
}
const iso = (at: number): string => new Date(at).toISOString()
const identifierOf = ({ number }: Conversion): string => `formulario-${number % 2}`

const converted = (event_timestamp: string, more: object = {}) => ({
  ...{ event_type: 'WEBHOOK.CONVERTED', event_timestamp, contact: person },
  ...more,
})
const seconds = (at: number): string => iso(at - 3 * 3_600_000).slice(0, 19)

/** The bodies of all paths by which a conversion comes. */
const paths = {
  'API 1': conversion => ({
    leads: [
      {
        ...{ ...person, number_conversions: String(conversion.number) },
        last_conversion: { created_at: iso(conversion.at), content: { identificador: identifierOf(conversion) } },
      },
    ],
  }),
  'API 1, with the id of its event': conversion => ({
    leads: [
      {
        ...person,
        last_conversion: {
          created_at: inBrasilia(iso(conversion.at)),
          content: {
            identificador: identifierOf(conversion),
            __cdp__original_event: {
              event_uuid: `event-${conversion.number}`,
              event_identifier: identifierOf(conversion),
            },
          },
        },
      },
    ],
  }),
  'API 2': conversion => converted(inBrasilia(iso(conversion.at)), { event_identifier: identifierOf(conversion) }),
  'a reconcile': conversion => converted(iso(conversion.at), { event_identifier: identifierOf(conversion) }),
  'a segmentation': conversion => converted(iso(conversion.at)),
  'an export': conversion =>
    readHeadings(['Email', 'Nome', 'Data da última conversão'], settings).bodyOf([
      person.email.toUpperCase(),
      person.name,
      `${seconds(conversion.at).replace('T', ' ')} -0300`,
    ]),
} as const satisfies Record<string, (conversion: Conversion) => object>
type Path = keyof typeof paths
const webhooks = ['API 1', 'API 1, with the id of its event', 'API 2', 'a reconcile'] as const
const imports = ['a segmentation', 'an export'] as const

const settings = {
  ...{ leadFields: {}, fields: [], filters: { send: [], skip: [] }, routes: [] },
  rdStation: { acceptSyntheticConversions: false },
}

function jobOf(path: Path, conversion: Conversion) {
  const [event] = parseRdDelivery(paths[path](conversion), settings).events
  const { key, lead }: LeadEvent = event ?? expect.unreachable('no event was read')
  return jobs['lead.registered'].data.parse({
    ...{ v: 1, key: `${path} ${key}`, receivedAt: iso(NOON + 3_600_000), lead },
    ...(imports.some(each => each === path) && {
      v: 2,
      import: { opensOpportunity: true, isUndated: lead.convertedAt === undefined },
    }),
  })
}

const path = fc.constantFrom<Path[]>(...webhooks, ...imports)
/** By which path, and how many milliseconds off. An export also cuts off the fraction of a second. */
const delivery = fc.tuple(path, fc.integer({ min: -700, max: 700 }))
const allDeliveries = fc.array(fc.array(delivery, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })

test('a conversion that comes by webhooks, a reconcile and imports, at slightly other times, opens one opportunity', async () => {
  await fc.assert(
    fc.asyncProperty(allDeliveries, async conversions => {
      const leads = openRecordedLeads(inject('redisUrl'))
      for (const [number, deliveries] of conversions.entries())
        for (const [by, offMs] of deliveries) {
          await leads.run(jobOf(by, { number, at: NOON + number * 60_000 + offMs }))
          for (const id of leads.opportunities.keys()) leads.change(id, { status: 'LOST' })
        }
      const opened = leads.opportunities.size
      leads.close()
      expect(opened).toBe(conversions.length)
    }),
    { numRuns: 20 },
  )
})
