import { expect, onTestFinished, test } from 'vitest'
import { type ContactsRequest, findMissingContacts } from './find-missing-contacts.ts'
import { openTenant } from './testing/open-tenant.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const since = now - 24 * 3_600_000
/** An hour ago. */
const HOUR_AGO = '2026-11-29T08:00:00-03:00'

interface Seed {
  readonly listed: string | undefined
  readonly event?: string
  readonly identifier?: string
}

function open(seeds: readonly Seed[]) {
  const tenant = openTenant()
  onTestFinished(() => tenant[Symbol.asyncDispose]())
  const contacts = seeds.map(({ listed, event, identifier = 'contato' }, index) => ({
    uuid: `5e3a0d1c-0000-4000-8000-00000000000${index}`,
    listed,
    events:
      event === undefined ? [] : [{ event_type: 'CONVERSION', event_timestamp: event, event_identifier: identifier }],
  }))
  const rd: ContactsRequest['rd'] = {
    findContact: async id => ({ uuid: 'uuid' in id ? id.uuid : '', email: `${crypto.randomUUID()}@x.example` }),
    listContactEvents: async uuid => contacts.find(each => each.uuid === uuid)?.events ?? [],
    listSegmentationContacts: async () => ({
      contacts: contacts.map(({ uuid, listed }) => ({ uuid, last_conversion_date: listed })),
      isLast: true,
    }),
  }
  const find = async () => {
    const found = await findMissingContacts({ rd, segmentation: '7', since, now }, tenant.deps)
    if (!('events' in found)) return found
    return { times: found.events.map(({ lead }) => lead.convertedAt), unmatched: found.unmatched, read: found.read }
  }
  return { find }
}

test('a conversion that the events of its contact do not show is counted, and hides no other', async () => {
  const { find } = open([
    { listed: HOUR_AGO, event: HOUR_AGO },
    { listed: HOUR_AGO, event: '2026-11-29T05:00:00-03:00' },
    { listed: HOUR_AGO },
  ])
  expect(await find()).toEqual({ times: ['2026-11-29T11:00:00.000Z'], unmatched: 2, read: 3 })
  expect(await open([{ listed: HOUR_AGO }]).find()).toEqual({ times: [], unmatched: 1, read: 1 })
})

test('where the events of none of several show the conversion, nobody knows what is missing', async () => {
  const { find } = open([{ listed: HOUR_AGO, event: '2026-11-29T05:00:00-03:00' }, { listed: HOUR_AGO }])
  expect(await find()).toEqual({ unreadable: 'unmatched' })
})

test.each([undefined, 'ontem', '29 nov. 2026'])('contacts that all convert at %j prove nothing', async listed => {
  expect(await open([{ listed }, { listed }]).find()).toEqual({ unreadable: 'dates' })
})

test('a segmentation without a contact, or with one that never converted, is read', async () => {
  expect(await open([]).find()).toEqual({ times: [], unmatched: 0, read: 0 })
  const { find } = open([{ listed: HOUR_AGO, event: HOUR_AGO }, { listed: undefined }])
  expect(await find()).toMatchObject({ times: ['2026-11-29T11:00:00.000Z'], read: 1 })
})

test.each(['America/Sao_Paulo', 'UTC', 'Asia/Tokyo'])(
  'a time without an offset is that of Brasília, wherever the process runs: in %s',
  async zone => {
    const before = process.env['TZ']
    process.env['TZ'] = zone
    try {
      for (const form of ['2026-11-29T08:00:00', '2026-11-29 08:00:00', '2026-11-29 11:00:00 UTC'])
        expect(await open([{ listed: form, event: form }]).find(), form).toMatchObject({
          times: ['2026-11-29T11:00:00.000Z'],
        })
    } finally {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
    }
  },
)
