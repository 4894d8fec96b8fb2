import { describe, expect, test } from 'vitest'
import { driveSandbox, mark } from '../testing/drive-sandbox.ts'

const url = '/platform/events'

async function withMaria() {
  const sandbox = await driveSandbox()
  await sandbox.control('POST', '/rd/demo/contacts', { email: 'maria@example.com' })
  const contact = async () => (await sandbox.control('GET', '/rd/demo/contacts/email:maria@example.com')).body
  return { ...sandbox, contact }
}

describe('marks', () => {
  test('move the funnel: opportunity, then sale, then lost', async () => {
    const { contact, rd } = await withMaria()
    const answer = await rd('POST', `${url}?event_type=opportunity`, mark('OPPORTUNITY'))
    expect(answer).toMatchObject({ status: 200, body: { event_uuid: expect.any(String) } })
    expect((await contact()).funnel).toMatchObject({ lifecycle_stage: 'Lead', opportunity: true })

    await rd('POST', url, mark('SALE', { value: 1500.5 }))
    expect((await contact()).funnel).toMatchObject({ lifecycle_stage: 'Client', opportunity: false })

    await rd('POST', url, mark('OPPORTUNITY'))
    expect((await contact()).funnel.opportunity).toBe(true)
    await rd('POST', url, mark('OPPORTUNITY_LOST', { reason: 'Preço' }))
    const { funnel, marks, sales } = await contact()
    expect(funnel.opportunity).toBe(false)
    expect(marks.map(({ type }: { type: string }) => type)).toEqual([
      'OPPORTUNITY',
      'SALE',
      'OPPORTUNITY',
      'OPPORTUNITY_LOST',
    ])
    expect(marks[3].reason).toBe('Preço')
    expect(sales).toEqual([1500.5])
  })

  test('for an unknown contact are answered 200 and lost', async () => {
    const { control, rd } = await driveSandbox()
    expect((await rd('POST', url, mark('OPPORTUNITY'))).status).toBe(200)
    const { body } = await control('GET', '/rd/demo')
    expect(body.contacts).toEqual([])
    expect(body.droppedMarks).toMatchObject([{ type: 'OPPORTUNITY', why: 'unknown-contact' }])
  })

  test('for a contact that is too young are answered 200 and lost', async () => {
    const { clock, contact, control, rd } = await withMaria()
    await control('PATCH', '/rd/demo', { settings: { dropMarksYoungerThanSeconds: 300 } })
    clock.now += 299_999
    expect((await rd('POST', url, mark('OPPORTUNITY'))).status).toBe(200)
    expect((await contact()).marks).toEqual([])
    clock.now += 1
    await rd('POST', url, mark('OPPORTUNITY'))
    expect((await contact()).marks).toHaveLength(1)
  })

  test('can take effect after their answer', async () => {
    const { contact, control, rd } = await withMaria()
    await control('PATCH', '/rd/demo', { settings: { processingDelayMs: 30 } })
    await rd('POST', url, mark('OPPORTUNITY'))
    expect((await contact()).marks).toHaveLength(0)
    await expect.poll(async () => (await contact()).marks.length).toBe(1)
  })

  test.each([
    {
      what: 'a value above the limit',
      sent: mark('SALE', { value: 99_999_999.01 }),
      path: '$.payload.value',
      type: 'MUST_BE_LESS_THAN_OR_EQUAL',
    },
    { what: 'a negative value', sent: mark('SALE', { value: -1 }), path: '$.payload.value', type: 'INVALID' },
    {
      what: 'a value that is a text',
      sent: mark('SALE', { value: '200' }),
      path: '$.payload.value',
      type: 'INVALID_DATA_TYPE',
    },
    { what: 'a sale without a value', sent: mark('SALE'), path: '$.payload.value', type: 'INVALID_DATA_TYPE' },
    {
      what: 'an empty reason',
      sent: mark('OPPORTUNITY_LOST', { reason: ' ' }),
      path: '$.payload.reason',
      type: 'CANNOT_BE_BLANK',
    },
    {
      what: 'a reason of 256 characters',
      sent: mark('OPPORTUNITY_LOST', { reason: 'x'.repeat(256) }),
      path: '$.payload.reason',
      type: 'TOO_LONG',
    },
    {
      what: 'a loss without a reason',
      sent: mark('OPPORTUNITY_LOST'),
      path: '$.payload.reason',
      type: 'INVALID_DATA_TYPE',
    },
    {
      what: 'another funnel',
      sent: mark('OPPORTUNITY', { funnel_name: 'sales' }),
      path: '$.payload.funnel_name',
      type: 'INVALID_OPTION',
    },
    { what: 'no e-mail', sent: mark('OPPORTUNITY', { email: undefined }), path: '$.payload.email', type: 'MISSING' },
    {
      what: 'a malformed e-mail',
      sent: mark('OPPORTUNITY', { email: 'maria' }),
      path: '$.payload.email',
      type: 'INVALID_EMAIL_FORMAT',
    },
    { what: 'an unknown type', sent: mark('WON'), path: '$.body.event_type', type: 'INVALID_OPTION' },
    {
      what: 'another family',
      sent: { ...mark('OPPORTUNITY'), event_family: 'X' },
      path: '$.body.event_family',
      type: 'INVALID_OPTION',
    },
  ])('$what is refused at $path', async ({ sent, path, type }) => {
    const { contact, rd } = await withMaria()
    const { status, body } = await rd('POST', url, sent)
    expect(status).toBe(400)
    expect(body.errors).toMatchObject([{ error_type: type, path }])
    expect((await contact()).marks).toEqual([])
  })

  test('the largest value and the longest reason are taken', async () => {
    const { rd } = await withMaria()
    expect((await rd('POST', url, mark('SALE', { value: 99_999_999 }))).status).toBe(200)
    expect((await rd('POST', url, mark('SALE', { value: 0 }))).status).toBe(200)
    expect((await rd('POST', url, mark('OPPORTUNITY_LOST', { reason: 'x'.repeat(255) }))).status).toBe(200)
  })

  test('errors can come as a bare array', async () => {
    const { control, rd } = await withMaria()
    await control('PATCH', '/rd/demo', { settings: { eventErrorShape: 'array' } })
    expect((await rd('POST', url, mark('WON'))).body).toMatchObject([
      { error_type: 'INVALID_OPTION', path: '$.event_type' },
    ])
  })
})

describe('a conversion', () => {
  test('makes the contact, then updates it, and stands on its timeline', async () => {
    const { contact, rd } = await driveSandbox().then(sandbox => ({
      ...sandbox,
      contact: async () => (await sandbox.control('GET', '/rd/demo/contacts/email:ana@example.com')).body,
    }))
    const conversion = (payload: object) => ({
      event_type: 'CONVERSION',
      event_family: 'CDP',
      payload: { conversion_identifier: 'ebook', email: 'ana@example.com', ...payload },
    })
    expect((await rd('POST', url, conversion({ name: 'Ana', company_name: 'ACME' }))).status).toBe(200)
    await rd('POST', url, conversion({ city: 'Recife' }))
    expect(await contact()).toMatchObject({ name: 'Ana', company: 'ACME', city: 'Recife' })
    expect((await contact()).conversions).toMatchObject([{ identifier: 'ebook' }, { identifier: 'ebook' }])
  })
})
