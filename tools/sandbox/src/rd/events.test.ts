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
    [
      'a value above the limit',
      mark('SALE', { value: 99_999_999.01 }),
      '$.payload.value',
      'MUST_BE_LESS_THAN_OR_EQUAL',
    ],
    ['a negative value', mark('SALE', { value: -1 }), '$.payload.value', 'INVALID'],
    ['a value that is a text', mark('SALE', { value: '200' }), '$.payload.value', 'INVALID_DATA_TYPE'],
    ['a sale without a value', mark('SALE'), '$.payload.value', 'INVALID_DATA_TYPE'],
    ['an empty reason', mark('OPPORTUNITY_LOST', { reason: ' ' }), '$.payload.reason', 'CANNOT_BE_BLANK'],
    [
      'a reason of 256 characters',
      mark('OPPORTUNITY_LOST', { reason: 'x'.repeat(256) }),
      '$.payload.reason',
      'TOO_LONG',
    ],
    ['a loss without a reason', mark('OPPORTUNITY_LOST'), '$.payload.reason', 'INVALID_DATA_TYPE'],
    ['another funnel', mark('OPPORTUNITY', { funnel_name: 'sales' }), '$.payload.funnel_name', 'INVALID_OPTION'],
    ['no e-mail', mark('OPPORTUNITY', { email: undefined }), '$.payload.email', 'MISSING'],
    ['a malformed e-mail', mark('OPPORTUNITY', { email: 'maria' }), '$.payload.email', 'INVALID_EMAIL_FORMAT'],
    ['an unknown type', mark('WON'), '$.body.event_type', 'INVALID_OPTION'],
    ['another family', { ...mark('OPPORTUNITY'), event_family: 'X' }, '$.body.event_family', 'INVALID_OPTION'],
  ])('%s is refused', async (_what, sent, path, type) => {
    const { contact, rd } = await withMaria()
    const { status, body } = await rd('POST', url, sent)
    expect(status).toBe(400)
    expect(body.errors).toMatchObject([{ error_type: type, path }])
    expect((await contact()).marks).toEqual([])
  })

  test('errors can come as a bare array', async () => {
    const { control, rd } = await withMaria()
    await control('PATCH', '/rd/demo', { settings: { eventErrorShape: 'array' } })
    expect((await rd('POST', url, mark('WON'))).body).toMatchObject([
      { error_type: 'INVALID_OPTION', path: '$.event_type' },
    ])
  })
})
