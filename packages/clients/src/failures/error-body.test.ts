import { PermanentFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { createHttp } from '../http/http.ts'
import { startCrm, connect, filter } from '../testing/fake-crm.ts'
import { startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard } from '../testing/recording-guard.ts'
import { write } from '../testing/requests.ts'

const refusals: readonly unknown[] = [
  { code: 'LEAD-01', message: 'Lead inválido' },
  { Code: 400, Message: 'Bad', DetailedMessage: '' },
  { message: 'Lead inválido', detailedMessage: 'roleId is null' },
  { errors: [{ code: 'LEAD-01', message: 'Lead inválido' }] },
  { errors: ['Lead inválido'] },
  { errors: { name: ['obrigatório'] } },
  { id: 'l-1', errors: [{ message: 'Lead inválido' }] },
  { error: 'Lead inválido' },
  { errorCode: 400, errorMessage: 'Lead inválido' },
  { success: false },
  { success: 'false', id: 'l-1' },
  { type: 'error', code: 'LEAD-01', message: 'Lead inválido' },
  { code: 'ERRO', message: 'Lead inválido' },
  { errorCode: '0', errorMessage: '', errors: ['Lead inválido'] },
  [{ code: 'LEAD-01', message: 'Lead inválido' }],
]

test.each(refusals)('a write that is answered 200 with %j was refused, whichever the system', async body => {
  await using server = await startFakeServer(() => ({ json: body }))
  for (const [system, code] of [
    ['totvs-crm', 'CRM_REJECTED'],
    ['rd-station', 'RD_REJECTED'],
  ] as const) {
    const guard = recordingGuard()
    const failure = await failureOf(createHttp({ system, guard }).request({ ...write, url: server.url }))
    expect(failure).toBeInstanceOf(PermanentFailure)
    expect(failure).toMatchObject({ code, context: { status: 200 } })
    expect(guard.outcomes[0]?.failure).toBe(failure)
  }
})

test('every write to TOTVS CRM that is answered so fails, with the CRM’s own words', async () => {
  await using server = await startCrm(() => ({ json: { code: 'RULE-7', message: 'Motivo obrigatório' } }))
  const { client } = connect(server)
  const opportunity = { description: 'd', status: 'PROGRESS', leadId: 'l', userId: 'u', ...references }
  const writes: readonly (() => Promise<unknown>)[] = [
    () => client.updateLead('l-1', { jobTitle: 'x' }),
    () => client.updateOpportunity('o-1', { customFields: {} }),
    () => client.createOpportunity(opportunity),
  ]
  for (const each of writes)
    expect(await failureOf(each().then(() => undefined))).toMatchObject({
      code: 'CRM_REJECTED',
      detail: 'RULE-7: Motivo obrigatório',
    })
})
const references = { pipeline: { id: 'p' }, stage: { id: 's' }, opportunityType: { id: 't' } }

test.each<unknown>([
  { id: 'l-1' },
  'l-1',
  { id: 'l-1', code: '61', message: 'Criado com sucesso' },
  { success: true, message: 'ok', code: 'X' },
  { code: 200, message: 'Atualizado' },
  { message: 'Atualizado', errors: [], error: null },
  { code: 'SUCCESS', message: 'Atualizado' },
  { code: 'OK', message: 'Atualizado', detailedMessage: '' },
  { type: 'success', code: 'LEAD-00', message: 'Atualizado' },
  { errorCode: '0', errorMessage: '' },
  { errorCode: '0', errorMessage: 'OK' },
  { error: 'false', message: 'Atualizado' },
  { success: true, errors: { name: [] } },
  { type: 'information', code: 'LEAD-00', message: 'Nada mudou' },
  { id: 'o-1', code: '61', description: 'x', status: 'PROGRESS' },
  {},
  [],
  '',
])('a write that is answered 200 with %j was done', async body => {
  await using server = await startCrm(() => ({ json: body }))
  const { client } = connect(server)
  await expect(client.updateLead('l-1', { jobTitle: 'x' })).resolves.toBeUndefined()
})

test.each([
  { items: [], success: false },
  { items: [], code: 'F-1', message: 'Filtro inválido' },
])('a list that is answered 200 with %j is a refusal, not an empty list', async body => {
  await using server = await startCrm(() => ({ json: body }))
  const { client } = connect(server)
  const asked = client.findLeads(filter('externalId', 'rd:x'), () => true).then(() => undefined)
  expect(await failureOf(asked)).toMatchObject({ name: 'PermanentFailure', code: 'CRM_REJECTED' })
})
