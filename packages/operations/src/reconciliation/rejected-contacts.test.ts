import { expect, test } from 'vitest'
import { type ContactsRequest, findMissingContacts } from './find-missing-contacts.ts'
import { openTenant } from './testing/open-tenant.ts'

const now = Date.now()
const since = now - 24 * 3_600_000
const at = new Date(now - 3_600_000).toISOString()
const uuidOf = (index: number): string => `5e3a0d1c-0000-4000-8000-00000000000${index}`
const identifiers = ['Importação de contatos', 'Tarefa criada no RD Station CRM', 'contato']

/** Finds what is missing, and says for which contacts RD Station was asked. */
async function ask(
  deps: Parameters<typeof findMissingContacts>[1],
  changed: Partial<ContactsRequest> & { at?: string },
) {
  const asked = new Set<string>()
  const time = changed.at ?? at
  const rd: ContactsRequest['rd'] = {
    async findContact(identity) {
      const uuid = 'uuid' in identity ? identity.uuid : ''
      asked.add(uuid)
      return { uuid, email: `${uuid}@x.example` }
    },
    async listContactEvents(uuid) {
      asked.add(uuid)
      const identifier = identifiers[Number(uuid.at(-1))]
      return [{ event_type: 'CONVERSION', event_timestamp: time, event_identifier: identifier }]
    },
    listSegmentationContacts: async () => ({
      contacts: identifiers.map((_, index) => ({ uuid: uuidOf(index), last_conversion_date: time })),
      isLast: true,
    }),
  }
  const found = await findMissingContacts({ rd, segmentation: '7', since, now, ...changed }, deps)
  if (!('events' in found)) throw new Error('the segmentation is read')
  return { asked: [...asked].toSorted(), missing: found.events.length }
}

const [imported, synthetic, missed] = [uuidOf(0), uuidOf(1), uuidOf(2)]

test('a conversion of an import, or of RD Station CRM, is asked for once; another one of the contact again', async () => {
  await using tenant = openTenant()
  const { deps } = tenant
  const all = [imported, synthetic, missed]
  expect(await ask(deps, { isDryRun: true })).toEqual({ asked: all, missing: 1 })
  expect(await ask(deps, {})).toEqual({ asked: all, missing: 1 })
  // What is missing and was not sent is asked for again.
  expect(await ask(deps, {})).toEqual({ asked: [missed], missing: 1 })
  expect(await ask(deps, { at: new Date(now - 1_800_000).toISOString() })).toEqual({ asked: all, missing: 1 })
})

test('what Redis keeps of it names nobody', async () => {
  await using tenant = openTenant()
  const {
    redis,
    tenant: { name },
  } = tenant.deps
  await ask(tenant.deps, {})
  const kept = await redis.zrange(`{${name}}:ponte:reconcile-rejected`, '0', '-1')
  expect(kept).toEqual([expect.stringMatching(/^[\w-]{20}$/), expect.stringMatching(/^[\w-]{20}$/)])
})

test('conversions of RD Station CRM are looked at again once the tenant accepts them', async () => {
  await using tenant = openTenant()
  const { deps } = tenant
  await ask(deps, {})
  const { settings } = deps.tenant
  const accepting = { ...settings, rdStation: { ...settings.rdStation, acceptSyntheticConversions: true } }
  expect(await ask({ ...deps, tenant: { ...deps.tenant, settings: accepting } }, {})).toMatchObject({ missing: 2 })
})
