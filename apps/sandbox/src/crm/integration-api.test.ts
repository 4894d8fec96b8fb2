import { describe, expect, test } from 'vitest'
import { driveSandbox, ids, newLead, newOpportunity, resources } from '../testing/drive-sandbox.ts'

async function withLead() {
  const sandbox = await driveSandbox()
  const { body } = await sandbox.crm('POST', 'lead', { action: 'create', body: newLead })
  const leadId: string = body.id
  return { ...sandbox, leadId, lead: async () => (await sandbox.control('GET', `/crm/demo/leads/${leadId}`)).body }
}

async function withOpportunity() {
  const sandbox = await withLead()
  const { body } = await sandbox.crm('POST', 'opportunity', { action: 'create', body: newOpportunity(sandbox.leadId) })
  const filter = `{id->eq->${body.id}}`
  return {
    ...sandbox,
    opportunityId: String(body.id),
    update: (change: object) => sandbox.crm('POST', 'opportunity', { action: 'update', filter, body: change }),
    opportunity: async () => (await sandbox.control('GET', `/crm/demo/opportunities/${body.id}`)).body,
  }
}

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

  test('finds a changed lead by its new e-mail and no longer by the old one', async () => {
    const { crm, leadId } = await withLead()
    const emails = [{ ...newLead.emails[0], email: 'new@example.com' }]
    await crm('POST', 'lead', { action: 'update', filter: `{id->eq->${leadId}}`, body: { emails } })
    const find = async (email: string) =>
      (await crm('GET', 'lead', { filter: `{emails.email->ieq->${email}}` })).body.items.length
    expect([await find('new@example.com'), await find('maria@example.com')]).toEqual([1, 0])
  })

  test('finds users by any of their e-mails', async () => {
    const { crm } = await driveSandbox()
    const { body } = await crm('GET', 'user', { filter: '{userEmail.email->ieq->ana@vendas.demo.example}' })
    expect(body.items).toMatchObject([{ name: 'Ana Vendedora', active: true, roleId: expect.any(String) }])
  })

  test('finds the opportunities in progress of a lead', async () => {
    const { crm, leadId, opportunityId, update } = await withOpportunity()
    const find = async () =>
      (await crm('GET', 'opportunity', { filter: `{leadId->eq->${leadId}}{status->eq->PROGRESS}` })).body.items
    expect(await find()).toMatchObject([{ id: opportunityId }])
    await update({ status: 'LOST' })
    expect(await find()).toEqual([])
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
    expect((await crm('GET', 'stage')).body).toHaveLength(4)
  })

  test('lists the sample stage, type and pipeline among others', async () => {
    const { crm } = await driveSandbox()
    const descriptions = async (kind: 'stage' | 'pipeline' | 'opportunityType') =>
      (await crm('GET', kind)).body.items.map((item: { description: string }) => item.description)
    expect(await descriptions('stage')).toContain('Abordagem e Investigação')
    expect(await descriptions('pipeline')).toContain('MQL - Marketing Qualified Lead')
    expect(await descriptions('opportunityType')).toContain('Integração RD Station')
  })
})

describe('creating', () => {
  test('answers the id, in each of its forms, and counts codes up', async () => {
    const { control, crm } = await driveSandbox()
    const first = await crm('POST', 'lead', { action: 'create', body: newLead })
    expect(first).toMatchObject({ status: 200, body: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) } })
    await control('PATCH', '/crm/demo', { settings: { idForm: 'text', createStatus: 201 } })
    const second = await crm('POST', 'lead', { action: 'create', body: newLead })
    expect(second).toMatchObject({ status: 201, body: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    const { body } = await control('GET', '/crm/demo')
    expect(body.leads.map(({ code }: { code: string }) => code)).toEqual(['61', '62'])
  })

  test('with a filter is a 400', async () => {
    const { crm } = await driveSandbox()
    const answer = await crm('POST', 'lead', { action: 'create', filter: '{code->eq->1}', body: newLead })
    expect(answer.status).toBe(400)
  })

  test('of users and catalogs is a 400', async () => {
    const { crm } = await driveSandbox()
    expect((await crm('POST', 'user', { action: 'create', body: { name: 'x' } })).status).toBe(400)
    expect((await crm('POST', 'stage', { action: 'create', body: { description: 'x' } })).status).toBe(400)
  })

  const long = 'x'.repeat(256)
  test.each([
    { what: 'no name', change: { name: undefined }, member: 'name' },
    { what: 'an empty name', change: { name: ' ' }, member: 'name' },
    { what: 'a name of 256 characters', change: { name: long }, member: 'name' },
    { what: 'a website of 256 characters', change: { website: long }, member: 'website' },
    { what: 'no situation', change: { leadSituationId: undefined }, member: 'leadSituationId' },
    { what: 'an unknown situation', change: { leadSituationId: ids.unknown }, member: 'leadSituationId' },
    { what: 'an unknown origin', change: { leadOriginId: ids.unknown }, member: 'leadOriginId' },
    { what: 'another type', change: { type: 'CUSTOMER' }, member: 'type' },
    { what: 'no user', change: { userId: undefined }, member: 'userId' },
    { what: 'an unknown user', change: { userId: ids.unknown }, member: 'userId' },
    { what: 'a user without a role', change: { userId: ids.userWithoutRole }, member: 'não possui papel' },
    { what: 'an inactive user', change: { userId: ids.inactiveUser }, member: 'inativo' },
    {
      what: 'an unknown e-mail type',
      change: { emails: [{ ...newLead.emails[0], emailTypeId: ids.unknown }] },
      member: 'emailTypeId',
    },
    { what: 'a malformed e-mail', change: { emails: [{ ...newLead.emails[0], email: 'maria' }] }, member: 'emails' },
    {
      what: 'an unknown phone type',
      change: { phones: [{ ...newLead.phones[0], phoneTypeId: ids.unknown }] },
      member: 'phoneTypeId',
    },
    {
      what: 'an unknown address type',
      change: { addresses: [{ addressType: { id: ids.unknown } }] },
      member: 'addressType',
    },
    {
      what: 'a city of 256 characters',
      change: { addresses: [{ ...newLead.addresses[0], cityName: long }] },
      member: 'cityName',
    },
    { what: 'an unknown member', change: { nickname: 'm' }, member: 'nickname' },
  ])('a lead with $what is refused, and the answer says why', async ({ change, member }) => {
    const { control, crm } = await driveSandbox()
    const { status, body } = await crm('POST', 'lead', { action: 'create', body: { ...newLead, ...change } })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.any(String), details: expect.any(Array) })
    expect(body.detailedMessage).toContain(member)
    expect((await control('GET', '/crm/demo')).body.leads).toEqual([])
  })

  test('texts of 255 characters are taken', async () => {
    const { crm } = await driveSandbox()
    const body = { ...newLead, name: long.slice(1), website: long.slice(1) }
    expect((await crm('POST', 'lead', { action: 'create', body })).status).toBe(200)
  })

  test.each([
    { what: 'an unknown lead', change: { leadId: ids.unknown }, member: 'leadId' },
    { what: 'a user without a role', change: { userId: ids.userWithoutRole }, member: 'não possui papel' },
    { what: 'an unknown pipeline', change: { pipeline: { id: ids.unknown } }, member: 'pipeline' },
    { what: 'an unknown stage', change: { stage: { id: ids.unknown } }, member: 'stage' },
    {
      what: 'a stage of another pipeline',
      change: { stage: { id: ids.stageOfAnotherPipeline } },
      member: 'não pertence ao pipeline',
    },
    { what: 'an unknown type', change: { opportunityType: { id: ids.unknown } }, member: 'opportunityType' },
    { what: 'no description', change: { description: undefined }, member: 'description' },
    { what: 'an unknown status', change: { status: 'OPEN' }, member: 'status' },
  ])('an opportunity with $what is refused', async ({ change, member }) => {
    const { crm, leadId } = await withLead()
    const body = { ...newOpportunity(leadId), ...change }
    const answer = await crm('POST', 'opportunity', { action: 'create', body })
    expect(answer.status).toBe(400)
    expect(answer.body.detailedMessage).toContain(member)
  })

  test('an opportunity starts in progress and is read with its descriptions', async () => {
    const { call, leadId, login, opportunityId } = await withOpportunity()
    const url = `/crm/api/v11/opportunity/opportunities/${opportunityId}`
    const { status, body } = await call('GET', url, undefined, { cookie: await login() })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: opportunityId,
      code: '62',
      status: 'PROGRESS',
      leadId,
      stage: { id: ids.stage, description: 'Abordagem e Investigação' },
      totalValue: null,
      lossReason: null,
      customFields: { statusRD: null },
    })
    const other = await call('GET', url.replace('v11', 'v12'), undefined, { cookie: await login() })
    expect(other.status).toBe(404)
    const unknown = await call('GET', url.slice(0, -1), undefined, { cookie: await login() })
    expect(unknown.status).toBe(404)
  })
})

describe('update', () => {
  test('merges: what is not named stays, custom fields too, and updatedAt moves', async () => {
    const { opportunity, update } = await withOpportunity()
    await update({ totalValue: 10, customFields: { statusRD: 'ERRO 1/3' } })
    const before = await opportunity()
    expect((await update({ description: 'Nova' })).status).toBe(200)
    const after = await opportunity()
    expect(after).toMatchObject({ description: 'Nova', totalValue: 10, customFields: { statusRD: 'ERRO 1/3' } })
    expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt))
    expect(after.createdAt).toBe(before.createdAt)
  })

  test('needs a filter that names exactly one record', async () => {
    const { crm, lead, leadId } = await withLead()
    await crm('POST', 'lead', { action: 'create', body: newLead })
    const update = (filter?: string) =>
      crm('POST', 'lead', { action: 'update', body: { name: 'Other' }, ...(filter && { filter }) })
    expect((await update()).status).toBe(400)
    expect((await update(`{id->eq->${ids.unknown}}`)).status).toBe(404)
    expect((await update(`{externalId->eq->${newLead.externalId}}`)).status).toBe(404)
    expect((await lead()).name).toBe(newLead.name)
    expect((await update(`{id->eq->${leadId}}`)).status).toBe(200)
    expect((await lead()).name).toBe('Other')
  })

  test('checks what it is given', async () => {
    const { crm, lead, leadId } = await withLead()
    const answer = await crm('POST', 'lead', {
      action: 'update',
      filter: `{id->eq->${leadId}}`,
      body: { userId: ids.userWithoutRole },
    })
    expect(answer.status).toBe(400)
    expect((await lead()).userId).toBe(ids.user)
  })
})

describe('upsert', () => {
  test('replaces the whole record: what is not named is gone', async () => {
    const { crm, lead, leadId } = await withLead()
    const { name, leadSituationId, leadOriginId, type, userId } = newLead
    const body = { name, leadSituationId, leadOriginId, type, userId }
    expect((await crm('POST', 'lead', { action: 'upsert', filter: `{id->eq->${leadId}}`, body })).body).toEqual({
      id: leadId,
    })
    const replaced = await lead()
    expect(replaced).toMatchObject({ name, emails: [], phones: [], code: '61' })
    expect(replaced).not.toHaveProperty('externalId')
  })

  test('of statusRD alone is refused, because the record would lose everything else', async () => {
    const { crm, opportunityId } = await withOpportunity()
    const answer = await crm('POST', 'opportunity', {
      action: 'upsert',
      filter: `{id->eq->${opportunityId}}`,
      body: { customFields: { statusRD: 'OK' } },
    })
    expect(answer.status).toBe(400)
  })

  test('inserts what the filter does not find', async () => {
    const { control, crm } = await driveSandbox()
    await crm('POST', 'lead', { action: 'upsert', filter: '{externalId->eq->rd:x}', body: newLead })
    expect((await control('GET', '/crm/demo')).body.leads).toHaveLength(1)
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
    { what: 'of a form that the tenant does not use', change: { customFields: [{ name: 'statusRD', value: 'OK' }] } },
    { what: 'that nobody created', change: { customFields: { other: 'x' } } },
    { what: 'of 256 characters', change: { customFields: { statusRD: 'x'.repeat(256) } } },
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

test('a loss reason is shown as an object or as text', async () => {
  const { control, crm, opportunity, opportunityId, update } = await withOpportunity()
  await update({ status: 'LOST', lossReason: { description: 'Preço' } })
  const read = async () =>
    (await crm('GET', 'opportunity', { filter: `{id->eq->${opportunityId}}` })).body.items[0].lossReason
  expect(await read()).toEqual({ id: null, description: 'Preço' })
  await control('PATCH', '/crm/demo', { settings: { lossReasonForm: 'text' } })
  expect(await read()).toBe('Preço')
  expect((await opportunity()).lossReason).toBe('Preço')
})
