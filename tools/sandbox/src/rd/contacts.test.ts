import { describe, expect, test } from 'vitest'
import { driveSandbox, mark } from '../testing/drive-sandbox.ts'

const maria = { email: 'maria@example.com', name: 'Maria', mobile_phone: '+55 41 99999-8888' }

describe('contacts of RD Station', () => {
  test('are found by uuid, bare uuid, e-mail without case, and phone; the company is not shown', async () => {
    const { control, rd } = await driveSandbox()
    const { body: seeded } = await control('POST', '/rd/demo/contacts', {
      ...maria,
      phone: '+55 41 3333-4444',
      company: 'ACME',
    })
    for (const name of [`uuid:${seeded.uuid}`, seeded.uuid, 'email:MARIA%40example.com', 'phone:+554133334444']) {
      const { status, body } = await rd('GET', `/platform/contacts/${name}`)
      expect(status, name).toBe(200)
      expect(body).toMatchObject({ uuid: seeded.uuid, ...maria, tags: [] })
      expect(body).not.toHaveProperty('company')
    }
    const unknown = await rd('GET', '/platform/contacts/email:nobody@example.com')
    expect(unknown).toMatchObject({ status: 404, body: { errors: { error_type: 'RESOURCE_NOT_FOUND' } } })
  })

  test('PATCH creates or updates, replaces the tags and refuses the attribute that names the contact', async () => {
    const { rd } = await driveSandbox()
    const url = '/platform/contacts/email:maria@example.com'
    const { body: created } = await rd('PATCH', url, { name: 'Maria', tags: ['a', 'b'] })
    const { body: updated } = await rd('PATCH', url, { city: 'Cascavel', tags: ['c'] })
    expect(updated).toMatchObject({ uuid: created.uuid, name: 'Maria', city: 'Cascavel', tags: ['c'] })
    const conflict = await rd('PATCH', url, { email: 'maria@example.com' })
    expect(conflict).toMatchObject({ status: 400, body: { errors: { error_type: 'CONFLICTING_FIELD' } } })
  })

  test.each([
    ['an unknown attribute', { ...maria, nickname: 'm' }, 400, { error_type: 'INVALID_FIELDS' }],
    ['no e-mail and no phone', { name: 'm' }, 400, { email: [{ error_type: 'CANNOT_BE_NULL' }] }],
    ['a malformed e-mail', { email: 'm' }, 400, { email: [{ error_type: 'INVALID_EMAIL_FORMAT' }] }],
    ['a name that is a number', { ...maria, name: 1 }, 422, { name: [{ error_type: 'MUST_BE_STRING' }] }],
  ])('POST refuses %s', async (_what, sent, status, errors) => {
    const { rd } = await driveSandbox()
    expect(await rd('POST', '/platform/contacts', sent)).toMatchObject({ status, body: { errors } })
  })

  test('errors of fields can come by language', async () => {
    const { control, rd } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { fieldErrorShape: 'localized' } })
    const { body } = await rd('POST', '/platform/contacts', { email: 'm' })
    expect(body).toMatchObject({ errors: { email: { 'pt-BR': [{ error_type: 'INVALID_EMAIL_FORMAT' }] } } })
  })

  test('only JSON is taken', async () => {
    const { call, token } = await driveSandbox()
    const headers = { authorization: `Bearer ${await token()}` }
    const text = await call('POST', '/rd/platform/contacts', 'email=a', { ...headers, 'content-type': 'text/plain' })
    expect(text).toMatchObject({ status: 415, body: { errors: { error_type: 'UNSUPPORTED_MEDIA_TYPE' } } })
    const broken = await call('POST', '/rd/platform/contacts', '{"email":', headers)
    expect(broken).toMatchObject({ status: 400, body: { errors: { error_type: 'BAD_REQUEST' } } })
  })
})

describe('the timeline of a contact', () => {
  test('lists one kind of event, the newest first, ten a page, and never sales', async () => {
    const { clock, control, rd } = await driveSandbox()
    const { body: contact } = await control('POST', '/rd/demo/contacts', maria)
    for (let day = 1; day <= 12; day += 1) {
      clock.now += 60_000
      await rd('POST', '/platform/events', mark('OPPORTUNITY'))
    }
    const list = (query: string) => rd('GET', `/platform/contacts/${contact.uuid}/events?${query}`)

    const first = await list('event_type=OPPORTUNITY&order=created_at:desc&page=1')
    const second = await list('event_type=OPPORTUNITY&order=created_at:desc&page=2')
    expect([first.body.length, second.body.length]).toEqual([10, 2])
    expect(Date.parse(first.body[0].event_timestamp)).toBe(clock.now)
    expect(first.body[0]).toMatchObject({ event_type: 'OPPORTUNITY', payload: { email: maria.email } })
    expect((await list('event_type=CONVERSION')).body).toEqual([])
    expect(await list('event_type=SALE')).toMatchObject({
      status: 400,
      body: { errors: [{ error_type: 'INVALID_OPTION' }] },
    })
  })
})

describe('the funnel of a contact', () => {
  test('is read and changed by uuid or e-mail; fit and interest are not', async () => {
    const { control, rd } = await driveSandbox()
    const { body: contact } = await control('POST', '/rd/demo/contacts', maria)
    const url = `/platform/contacts/uuid:${contact.uuid}/funnels/default`
    const change = {
      lifecycle_stage: 'Qualified Lead',
      opportunity: true,
      contact_owner_email: 'ana@demo.example',
      fit: 60,
    }
    expect((await rd('PUT', url, change)).status).toBe(200)
    const { body } = await rd('GET', '/platform/contacts/email:maria@example.com/funnels/default')
    expect(body).toEqual({ ...change, fit: 0, interest: 0 })
    await rd('PUT', url, { contact_owner_email: 'null' })
    expect((await rd('GET', url)).body.contact_owner_email).toBeNull()
  })

  test('refuses an owner who is not a user of the account', async () => {
    const { control, rd } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { users: ['ana@demo.example'] } })
    await control('POST', '/rd/demo/contacts', maria)
    const url = '/platform/contacts/email:maria@example.com/funnels/default'
    const { status, body } = await rd('PUT', url, { contact_owner_email: 'other@demo.example' })
    expect(status).toBe(400)
    expect(body.errors.contact_owner_email[0].error_type).toBe('INVALID_USER')
  })
})
