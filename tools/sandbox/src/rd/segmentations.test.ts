import { expect, test } from 'vitest'
import { driveSandbox } from '../testing/drive-sandbox.ts'

const contactsOf = (body: { contacts: { uuid: string }[] }) => body.contacts.map(({ uuid }) => uuid)

/** `count` contacts; the n-th converted n minutes after the first. */
async function withContacts(count: number) {
  const sandbox = await driveSandbox()
  const uuids: string[] = []
  for (let n = 0; n < count; n += 1) {
    const { body } = await sandbox.control('POST', '/rd/demo/contacts', { email: `c${n}@example.com` })
    const at = new Date(Date.parse('2026-05-01T12:00:00Z') + n * 60_000).toISOString()
    await sandbox.control('POST', `/rd/demo/contacts/${body.uuid}/conversions`, { at })
    uuids.push(body.uuid)
  }
  return { ...sandbox, uuids }
}

test('the contacts of a segmentation come by pages, in the order of their last conversions', async () => {
  const { control, rd, uuids } = await withContacts(30)
  await control('PUT', '/rd/demo/segmentations/77', { contacts: uuids.slice(1) })
  const url = '/platform/segmentations/77/contacts'
  const first = await rd('GET', `${url}?page=1&page_size=20&order=last_conversion_date:desc`)
  const second = await rd('GET', `${url}?page=2&page_size=20&order=last_conversion_date:desc`)
  expect([...contactsOf(first.body), ...contactsOf(second.body)]).toEqual(uuids.slice(1).toReversed())
  expect(first.headers).toMatchObject({ 'pagination-total-rows': '29', 'pagination-page': '1' })
  expect(first.body.contacts[0]).toMatchObject({
    email: 'c29@example.com',
    last_conversion_date: '2026-05-01T09:29:00.000-03:00',
  })
  expect(contactsOf((await rd('GET', `${url}?order=last_conversion_date`)).body)).toEqual(uuids.slice(1, 26))
})

test('segmentation 1 holds all contacts; one that never converted has no date and comes last', async () => {
  const { control, rd, uuids } = await withContacts(2)
  const { body: imported } = await control('POST', '/rd/demo/contacts', { email: 'imported@example.com' })
  const { body } = await rd('GET', '/platform/segmentations/1/contacts?order=last_conversion_date:desc')
  expect(contactsOf(body)).toEqual([...uuids.toReversed(), imported.uuid])
  expect(body.contacts[2].last_conversion_date).toBeNull()
})

test.each([
  { what: 'a page of more than 125', query: '?page_size=126', status: 400 },
  { what: 'another order', query: '?order=name:desc', status: 400 },
])('$what is refused', async ({ query, status }) => {
  const { rd } = await driveSandbox()
  expect((await rd('GET', `/platform/segmentations/1/contacts${query}`)).status).toBe(status)
})

test('an unknown segmentation is a 404', async () => {
  const { rd } = await driveSandbox()
  expect(await rd('GET', '/platform/segmentations/9/contacts')).toMatchObject({
    status: 404,
    body: { errors: { error_type: 'RESOURCE_NOT_FOUND' } },
  })
})

test('segmentations have a quota of their own', async () => {
  const { control, rd } = await driveSandbox()
  await control('PATCH', '/rd/demo', { settings: { segmentationsPerMinute: 1 } })
  expect((await rd('GET', '/platform/segmentations/1/contacts')).status).toBe(200)
  expect((await rd('GET', '/platform/segmentations/1/contacts')).status).toBe(429)
  expect((await control('GET', '/rd/demo/quotas')).body).toMatchObject({
    contacts: { calls: 0 },
    segmentations: { calls: 2, refused: 1 },
  })
})
