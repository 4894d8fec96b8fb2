import { tenantsFile } from '@ponte/contracts'
import { createLogger, openQueues } from '@ponte/runtime'
import { createFingerprint, createTimelines } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { findMissingContacts, type ContactsRequest } from './find-missing-contacts.ts'

const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
const log = createLogger({ level: 'silent', process: 'test' })
const made: { readonly close: () => Promise<void> }[] = []
afterAll(async () => {
  for (const each of made) await each.close()
  redis.disconnect()
})

const now = Date.parse('2026-11-29T12:00:00Z')
const since = now - 24 * 3_600_000
/** An hour ago. */
const HOUR_AGO = '2026-11-29T08:00:00-03:00'

const settings = tenantsFile.parse({
  tenants: {
    acme: {
      webhookTokens: { rdStation: 'rd-webhook-token-1234', totvsCrm: 'crm-webhook-token-1234' },
      rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
      totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
      variables: { totvs_crm_default_user: 'vendas@acme.example' },
    },
  },
}).tenants['acme']

interface Seed {
  readonly listed: string | undefined
  readonly event?: string
  readonly identifier?: string
}

function open(seeds: readonly Seed[]) {
  if (settings === undefined) throw new Error('the tenant is in the file')
  const name = `t-${crypto.randomUUID()}`
  const queues = openQueues([{ name }], redis, log)
  made.push(queues)
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const contacts = seeds.map(({ listed, event, identifier = 'contato' }, index) => ({
    uuid: `5e3a0d1c-0000-4000-8000-00000000000${index}`,
    listed,
    events:
      event === undefined ? [] : [{ event_type: 'CONVERSION', event_timestamp: event, event_identifier: identifier }],
  }))
  const asked: string[] = []
  const rd: ContactsRequest['rd'] = {
    findContact: async id => ({ uuid: 'uuid' in id ? id.uuid : '', email: `${crypto.randomUUID()}@x.example` }),
    async listContactEvents(uuid) {
      asked.push(uuid)
      return contacts.find(each => each.uuid === uuid)?.events ?? []
    },
    listSegmentationContacts: async () => ({
      contacts: contacts.map(({ uuid, listed }) => ({ uuid, last_conversion_date: listed })),
      isLast: true,
    }),
  }
  const deps = {
    ...{ tenant: { name, settings }, redis, queues: queues.of(name), fingerprint },
    timelines: createTimelines(redis, name, fingerprint),
  }
  const find = async (options: Partial<ContactsRequest> = {}) => {
    const found = await findMissingContacts({ rd, segmentation: '7', since, now, ...options }, deps)
    if (!('events' in found)) return found
    return { times: found.events.map(({ lead }) => lead.convertedAt), unmatched: found.unmatched, read: found.read }
  }
  return { find, asked }
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
