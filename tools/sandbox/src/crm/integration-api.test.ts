import { describe, expect, test } from 'vitest'
import { driveSandbox, ids, newLead, resources } from '../testing/drive-sandbox.ts'
import { withLead, withOpportunity } from '../testing/with-records.ts'

describe('headers', () => {
  test.each(['integration-service', 'integration-resource', 'integration-version'])(
    'a read without %s is a 400',
    async name => {
      const { call, login } = await driveSandbox()
      const { [name]: _left, ...headers }: Record<string, string> = resources.lead
      const answer = await call('GET', '/crm/api/integration', undefined, { ...headers, cookie: await login() })
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'BAD_REQUEST', message: expect.stringContaining(name) },
      })
    },
  )

  test('a write without an action, or with an unknown one, is a 400', async () => {
    const { crm } = await driveSandbox()
    expect((await crm('POST', 'lead', { body: newLead })).status).toBe(400)
    expect((await crm('POST', 'lead', { action: 'replace', filter: '{id->eq->x}', body: newLead })).status).toBe(400)
  })

  test.each(['integration-service', 'integration-resource', 'integration-version'])(
    'an unknown %s is a 404',
    async name => {
      const { call, login } = await driveSandbox()
      const headers = { ...resources.lead, [name]: 'x', cookie: await login() }
      expect((await call('GET', '/crm/api/integration', undefined, headers)).status).toBe(404)
    },
  )

  test('a filter that is not ASCII, malformed, or on an unknown member is a 400', async () => {
    const { crm } = await driveSandbox()
    for (const filter of ['{name->eq->JosÃ©}', '{name->eq', '{nickname->eq->x}']) {
      expect((await crm('GET', 'lead', { filter })).status, filter).toBe(400)
    }
  })
})

describe('reading', () => {
  test('finds leads by id, external id, e-mail without case, and phone', async () => {
    const { crm, leadId } = await withLead()
    for (const filter of [
      `{id->eq->${leadId}}`,
      `{externalId->eq->${newLead.externalId}}`,
      '{emails.email->ieq->MARIA@example.com}',
      '{phones.number->eq->4133334444}',
      `{id->eq->${ids.unknown}}||{phones.number->eq->4133334444}`,
    ]) {
      const { body } = await crm('GET', 'lead', { filter })
      expect(body, filter).toMatchObject({ items: [{ ...newLead, id: leadId, customFields: {} }], hasNext: false })
    }
    expect((await crm('GET', 'lead', { filter: '{emails.email->eq->MARIA@example.com}' })).body.items).toEqual([])
    expect((await crm('GET', 'lead', { filter: '{emails.email->ieq->other@example.com}' })).body.items).toEqual([])
  })

  test('goes page by page, of 10 unless asked, of 100 at most', async () => {
    const { control, crm } = await driveSandbox()
    for (let index = 0; index < 105; index += 1) await control('POST', '/crm/demo/leads', { name: `Lead ${index}` })
    const page = async (query: string) => {
      const { body } = await crm('GET', 'lead', { query })
      return [body.items.length, body.items[0]?.name, body.hasNext ?? body.count]
    }
    expect(await page('')).toEqual([10, 'Lead 0', true])
    expect(await page('?page=2&pageSize=500')).toEqual([5, 'Lead 100', false])
    await control('PATCH', '/crm/demo', { settings: { listForm: 'count' } })
    expect(await page('?page=1&pageSize=100')).toEqual([100, 'Lead 0', 105])
    await control('PATCH', '/crm/demo', { settings: { listForm: 'array' } })
    expect((await crm('GET', 'lead')).body).toHaveLength(105)
    expect((await crm('GET', 'stage')).body).toHaveLength(7)
  })

  test.each([
    [{}, 2],
    [{ timeFilters: 'ignored' }, 3],
    [{ timeFilters: 'nothing' }, 0],
    [{ timeFilters: 'as-text' }, 2],
    [{ timeFilters: 'as-text', updatedAtForm: 'brazilian' }, 0],
    [{ timeFilters: 'refused' }, undefined],
  ])('can be asked for what changed since a time; with %j it finds %j', async (settings, found) => {
    const { clock, control, crm } = await driveSandbox()
    await control('PATCH', '/crm/demo', { settings })
    const add = async (name: string) => (await control('POST', '/crm/demo/leads', { name })).body.id
    const first = await add('first')
    await add('second')
    clock.now = Date.parse('2026-05-09T12:00:00Z')
    await control('PATCH', `/crm/demo/leads/${first}`, { name: 'changed' })
    await add('third')
    const { status, body } = await crm('GET', 'lead', { filter: '{updatedAt->ge->2026-05-08T00:00:00.000Z}' })
    expect(status === 200 ? body.items.length : undefined).toBe(found)
  })

  test.each([
    ['iso', '2026-05-04T12:00:00.000Z'],
    ['bare', '2026-05-04T09:00:00.000'],
    ['brazilian', '04/05/2026 09:00:00'],
    ['epoch', Date.parse('2026-05-04T12:00:00Z')],
    ['words', 'há pouco'],
  ])('shows when a record was changed as %s, by its own clock', async (updatedAtForm, shown) => {
    const { clock, control, crm } = await driveSandbox()
    await control('PATCH', '/crm/demo', { settings: { updatedAtForm, clockAheadMs: 3_600_000 } })
    clock.now -= 3_600_000
    await control('POST', '/crm/demo/leads', { name: 'a' })
    expect((await crm('GET', 'lead')).body.items[0].updatedAt).toBe(shown)
  })

  test('can say that its first page is all there is, and put first what changed last', async () => {
    const { clock, control, crm } = await driveSandbox()
    await control('PATCH', '/crm/demo', { settings: { pages: 'first-only', listOrder: 'changed-first' } })
    for (const name of ['a', 'b', 'c']) {
      await control('POST', '/crm/demo/leads', { name })
      clock.now += 1000
    }
    const { body } = await crm('GET', 'lead', { query: '?page=2&pageSize=2' })
    expect([body.items.map((item: { name: string }) => item.name), body.hasNext]).toEqual([['c', 'b'], false])
  })
})

describe('custom fields', () => {
  test.each([
    { form: 'map', shown: { customFields: { statusRD: 'OK' } } },
    { form: 'list', shown: { customFields: [{ name: 'statusRD', value: 'OK' }] } },
    { form: 'flat', shown: { statusRD: 'OK' } },
  ])('are written and read as a $form', async ({ form, shown }) => {
    const { control, crm, opportunity, opportunityId, update } = await withOpportunity()
    await control('PATCH', '/crm/demo', { settings: { customFieldForm: form } })
    expect((await update(shown)).status).toBe(200)
    const { body } = await crm('GET', 'opportunity', { filter: `{id->eq->${opportunityId}}` })
    expect(body.items[0]).toMatchObject(shown)
    expect((await opportunity()).customFields).toEqual({ statusRD: 'OK' })
  })

  test.each([
    { form: 'map', shown: { customFields: { cnpj: '123', interesses: ['a', 'b'] } } },
    {
      ...{ form: 'list' },
      shown: {
        customFields: [
          { name: 'cnpj', value: '123' },
          { name: 'interesses', value: ['a', 'b'] },
        ],
      },
    },
    { form: 'flat', shown: { cnpj: '123', interesses: ['a', 'b'] } },
  ])('of a lead are those that the tenant has for leads, written and read as a $form', async ({ form, shown }) => {
    const { control, crm, lead, leadId } = await withLead()
    const filter = `{id->eq->${leadId}}`
    const update = () => crm('POST', 'lead', { action: 'update', filter, body: shown })
    await control('PATCH', '/crm/demo', { settings: { customFieldForm: form } })
    expect((await update()).status).toBe(400)
    await control('PATCH', '/crm/demo', { settings: { leadFields: ['cnpj', 'interesses'] } })
    expect((await update()).status).toBe(200)
    expect((await crm('GET', 'lead', { filter })).body.items[0]).toMatchObject(shown)
    expect((await lead()).customFields).toEqual({ cnpj: '123', interesses: ['a', 'b'] })
  })

  test.each([
    { what: 'of a form that the tenant does not use', change: { customFields: [{ name: 'statusRD', value: 'OK' }] } },
    { what: 'that nobody created', change: { customFields: { other: 'x' } } },
    { what: 'of 256 characters', change: { customFields: { statusRD: 'x'.repeat(256) } } },
    { what: 'with a text of 256 characters among several', change: { customFields: { statusRD: ['x'.repeat(256)] } } },
  ])('a field $what is refused', async ({ change }) => {
    const { opportunity, update } = await withOpportunity()
    expect((await update(change)).status).toBe(400)
    expect((await opportunity()).customFields).toEqual({})
  })

  test.each([
    { customFieldsShown: 'not-at-all', customFields: {} },
    { customFieldsShown: 'null', customFields: null },
    { customFieldsShown: 'renamed', customFields: { statusRD_1: 'ERRO FINAL 2/2 é 100 %' } },
    { customFieldsShown: 'cut', customFields: { statusRD: 'ERRO FINAL 2/2 é 100' } },
    { customFieldsShown: 'upper-case', customFields: { statusRD: 'ERRO FINAL 2/2 É 100 %' } },
    { customFieldsShown: 'escaped', customFields: { statusRD: '<p>ERRO FINAL 2&#47;2 &#233; 100 &#37;</p>' } },
    { customFieldsShown: 'stale', customFields: { statusRD: 'ERRO 1/2' } },
  ])('can be shown $customFieldsShown', async ({ customFieldsShown, customFields }) => {
    const { control, crm, opportunity, opportunityId, update } = await withOpportunity()
    await control('PATCH', '/crm/demo', { settings: { customFieldsShown } })
    await update({ customFields: { statusRD: 'ERRO 1/2' } })
    await update({ customFields: { statusRD: 'ERRO FINAL 2/2 é 100 %' } })
    const { body } = await crm('GET', 'opportunity', { filter: `{id->eq->${opportunityId}}` })
    expect(body.items[0].customFields).toEqual(customFields)
    expect((await opportunity()).customFields).toEqual({ statusRD: 'ERRO FINAL 2/2 é 100 %' })
  })

  test('a tenant can lack statusRD, or refuse its writes', async () => {
    const { control, update } = await withOpportunity()
    await control('PATCH', '/crm/demo', { settings: { refuseStatusRd: true } })
    expect((await update({ customFields: { statusRD: 'OK' } })).status).toBe(400)
    expect((await update({ totalValue: 1 })).status).toBe(200)
    await control('PATCH', '/crm/demo', { settings: { refuseStatusRd: false, opportunityFields: [] } })
    expect((await update({ customFields: { statusRD: 'OK' } })).status).toBe(400)
  })
})
