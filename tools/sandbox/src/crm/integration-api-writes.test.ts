import { describe, expect, test } from 'vitest'
import { driveSandbox, ids, newLead, newOpportunity } from '../testing/drive-sandbox.ts'
import { withLead, withOpportunity } from '../testing/with-records.ts'

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
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: ' ' }, 'name'],
    ['a name of 256 characters', { name: long }, 'name'],
    ['a website of 256 characters', { website: long }, 'website'],
    ['no situation', { leadSituationId: undefined }, 'leadSituationId'],
    ['an unknown situation', { leadSituationId: ids.unknown }, 'leadSituationId'],
    ['an unknown origin', { leadOriginId: ids.unknown }, 'leadOriginId'],
    ['another type', { type: 'CUSTOMER' }, 'type'],
    ['no user', { userId: undefined }, 'userId'],
    ['an unknown user', { userId: ids.unknown }, 'userId'],
    ['a user without a role', { userId: ids.userWithoutRole }, 'não possui papel'],
    ['an inactive user', { userId: ids.inactiveUser }, 'inativo'],
    ['an unknown e-mail type', { emails: [{ ...newLead.emails[0], emailTypeId: ids.unknown }] }, 'emailTypeId'],
    ['a malformed e-mail', { emails: [{ ...newLead.emails[0], email: 'maria' }] }, 'emails'],
    ['an unknown phone type', { phones: [{ ...newLead.phones[0], phoneTypeId: ids.unknown }] }, 'phoneTypeId'],
    ['an unknown address type', { addresses: [{ addressType: { id: ids.unknown } }] }, 'addressType'],
    ['a city of 256 characters', { addresses: [{ ...newLead.addresses[0], cityName: long }] }, 'cityName'],
    ['an unknown member', { nickname: 'm' }, 'nickname'],
  ])('a lead with %s is refused, and the answer says why', async (_what, change, member) => {
    const { control, crm } = await driveSandbox()
    const { status, body } = await crm('POST', 'lead', { action: 'create', body: { ...newLead, ...change } })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.any(String), details: expect.any(Array) })
    expect(body.detailedMessage).toContain(member)
    expect((await control('GET', '/crm/demo')).body.leads).toEqual([])
  })

  test('a lead without a custom field that the tenant requires is refused by its name, and an update need not repeat it', async () => {
    const { control, crm } = await driveSandbox()
    const settings = { leadFields: ['CPF'], requiredLeadFields: ['CPF'] }
    await control('PATCH', '/crm/demo', { settings })
    const refused = await crm('POST', 'lead', { action: 'create', body: newLead })
    expect(refused).toMatchObject({ status: 400, body: { message: 'O campo personalizado CPF é obrigatório.' } })

    const body = { ...newLead, customFields: { CPF: '00000000000' } }
    const { status, body: created } = await crm('POST', 'lead', { action: 'create', body })
    expect(status).toBe(200)
    const update = { action: 'update', filter: `{id->eq->${created.id}}`, body: { name: 'Outra' } }
    expect((await crm('POST', 'lead', update)).status).toBe(200)
  })

  test.each([
    ['an unknown lead', { leadId: ids.unknown }, 'leadId'],
    ['a user without a role', { userId: ids.userWithoutRole }, 'não possui papel'],
    ['an unknown pipeline', { pipeline: { id: ids.unknown } }, 'pipeline'],
    ['an unknown stage', { stage: { id: ids.unknown } }, 'stage'],
    ['a stage of another pipeline', { stage: { id: ids.stageOfAnotherPipeline } }, 'não pertence ao pipeline'],
    ['an unknown type', { opportunityType: { id: ids.unknown } }, 'opportunityType'],
    ['no description', { description: undefined }, 'description'],
    ['an unknown status', { status: 'OPEN' }, 'status'],
  ])('an opportunity with %s is refused', async (_what, change, member) => {
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
})

describe('with the settings that a CRM may have', () => {
  const settings = { opportunityFields: ['statusRD', 'anotacao'] }
  const fieldsOf = async (update: 'merge' | 'replace') => {
    const { control, crm, opportunity, opportunityId } = await withOpportunity()
    await control('PATCH', '/crm/demo', { settings: { ...settings, customFieldsUpdate: update } })
    for (const customFields of [{ anotacao: 'ligar' }, { statusRD: 'OK' }])
      await crm('POST', 'opportunity', {
        ...{ action: 'update', filter: `{id->eq->${opportunityId}}`, body: { customFields } },
      })
    return (await opportunity()).customFields
  }

  test('an update keeps the custom fields that it does not name, or replaces them all', async () => {
    expect(await fieldsOf('merge')).toEqual({ statusRD: 'OK', anotacao: 'ligar' })
    expect(await fieldsOf('replace')).toEqual({ statusRD: 'OK' })
  })
})
