import { enqueueEvent, parseTenants, quarantineDelivery } from '@ponte/runtime'
import { timelineId } from '@ponte/state'
import { openWorld, sandboxTenant, type TenantOverrides, type World } from '@ponte/testbed'
import { fixtureBytes } from '@ponte/webhooks/fixtures'
import { afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { basic, basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { operate, textOf } from '../../testing/operate.ts'

const rules: TenantOverrides = {
  fields: [{ name: 'origem', from: 'conversion.identifier', to: 'lead.customFields.origem' }],
  updates: { name: 'if-empty' },
  filters: { skip: [{ name: 'fornecedores', when: { state: 'RJ' } }] },
}
const tokens = { rdStation: 'rd-webhook-token-12345', totvsCrm: 'crm-webhook-token-12345' }

let sandbox: World
let board: OpenBoard
beforeAll(async () => {
  sandbox = await openWorld(inject('sharedSandboxUrl'))
})
beforeEach(async () => {
  await sandbox.client.reset()
  board = await openBoard({ settings: sandboxTenant(sandbox.url, tokens, rules) })
})
afterEach(() => board.close())

const { visit, send } = operate(() => board)
const receivedAt = '2026-03-05T12:00:01.000Z'
const bodyOf = (...leads: object[]): string => JSON.stringify({ leads })
const maria = {
  uuid: 'maria-1',
  name: 'Maria Souza',
  email: 'maria.souza@padaria.example',
  last_conversion: { created_at: '2026-03-05T12:00:00Z', content: { identificador: 'webinar-crm' } },
}
const paste = (body: string, language = 'en') => send('/preview', { tenant: board.name, body }, basic, language)

test('a pasted body is previewed in both languages beside what TOTVS CRM holds, and nothing is written anywhere', async () => {
  const crm = sandbox.client.crm()
  const { id } = await crm.addLead({ name: 'Mariana', externalId: 'rd:maria-1' })
  const english = textOf((await paste(bodyOf(maria))).body)
  expect(english).toContain(`exists in TOTVS CRM as ${id}; would be updated`)
  expect(english).toMatch(/lead\.name .*Maria Souza name Maria Souza Mariana not written: what TOTVS CRM has stays/)
  expect(english).toMatch(
    /lead\.customFields\.origem rule &quot;origem&quot; webinar-crm conversion\.identifier webinar-crm – would be written/,
  )
  const portuguese = textOf((await paste(bodyOf(maria), 'pt-BR')).body)
  expect(portuguese).toContain(`existe no TOTVS CRM como ${id}; seria atualizado`)
  const writing = (await sandbox.client.calls()).filter(({ method }) => method !== 'GET')
  expect(new Set(writing.map(call => call.path))).toEqual(new Set([board.tenants[0]?.settings.totvsCrm.loginPath]))
  // One login, because the session lasts.
  expect(writing).toHaveLength(1)
})

test('the event of a lead links to its preview, which the audit trail names without the person', async () => {
  const [tenant] = board.tenants
  if (tenant === undefined) throw new Error('there is no tenant')
  const queues = board.queues.of(board.name)
  await board['totvs-crm'].pause()
  const lead = { email: maria.email, name: maria.name }
  await enqueueEvent(queues, tenant, { name: 'lead.registered', key: 'key-0', lead }, { receivedAt })
  const [job] = await board['totvs-crm'].getJobs()
  const address = `/preview/${board.name}/totvs-crm/${job?.id}`
  const event = `/events/${board.name}/${timelineId('key-0')}?kind=totvs-crm&job=${job?.id}`
  expect((await visit(event)).body).toContain(`href="${address}"`)
  expect((await visit(event, { as: basicOf(viewer) })).body).not.toContain(address)
  const page = await visit(address)
  expect(textOf(page.body)).toMatch(/This lead would be sent .*does not exist in TOTVS CRM; would be created/)
  const records = (await board.audit.read({ count: 100 })).filter(({ tenant: name }) => name === board.name)
  expect(records.map(({ action, jobId }) => [action, jobId])).toEqual([['preview', job?.id]])
  expect(JSON.stringify(records)).not.toMatch(/maria|Souza/)
})

test('a delivery in quarantine shows why it is there', async () => {
  const [tenant] = board.tenants
  if (tenant === undefined) throw new Error('there is no tenant')
  const body = bodyOf({ nome: 'Maria', email: 'sem-arroba' })
  const delivery = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false } as const
  const { jobId } = await quarantineDelivery(board.queues.of(board.name), tenant, delivery)
  const page = await visit(`/preview/${board.name}/quarantine/${jobId}`, { language: 'pt-BR' })
  expect(textOf(page.body)).toContain('iria para a quarentena: LEAD_WITHOUT_IDENTITY')
})

test('a viewer sees no preview, nor that there are any', async () => {
  const as = basicOf(viewer)
  for (const url of ['/preview', `/preview/${board.name}/totvs-crm/job-0`]) {
    expect([url, (await visit(url, { as })).statusCode]).toEqual([url, 403])
  }
  expect((await send('/preview', { tenant: board.name, body: bodyOf(maria) }, as)).statusCode).toBe(403)
  expect((await visit('/search', { as })).body).not.toContain('href="/preview"')
  expect(await sandbox.client.calls({ system: 'totvs-crm' })).toEqual([])
})

test('when TOTVS CRM does not answer the page shows what the rules make of the lead, and says so', async () => {
  await board.close()
  const settings = sandboxTenant(sandbox.url, tokens, { ...rules, totvsCrm: { baseUrl: 'http://127.0.0.1:9' } })
  board = await openBoard({ settings })
  const { statusCode, body } = await paste(bodyOf(maria))
  expect(statusCode).toBe(200)
  expect(textOf(body)).toMatch(/TOTVS CRM could not be asked.*CRM_UNREACHABLE.*webinar-crm.*could not be asked/)
})

test('a preview asks the TOTVS CRM that the tenants file names now, with a login of its own', async () => {
  const logins = async () =>
    (await sandbox.client.calls({ system: 'totvs-crm' })).filter(({ method }) => method === 'POST').length
  await paste(bodyOf(maria))
  expect(await logins()).toBe(1)
  const replaceBy = (settings: object): void =>
    void board.live.replace(parseTenants(JSON.stringify({ tenants: { [board.name]: settings } }), {}))
  replaceBy(sandboxTenant(sandbox.url, tokens, { ...rules, totvsCrm: { baseUrl: 'http://127.0.0.1:9' } }))
  expect(textOf((await paste(bodyOf(maria))).body)).toContain('CRM_UNREACHABLE')
  replaceBy(sandboxTenant(sandbox.url, tokens, rules))
  expect(textOf((await paste(bodyOf(maria))).body)).toContain('does not exist in TOTVS CRM; would be created')
  expect(await logins()).toBe(2)
})

test('a board without the credentials of TOTVS CRM shows what the rules make of the lead, says so, and asks nothing', async () => {
  const settings = sandboxTenant(sandbox.url, tokens, { ...rules, totvsCrm: { password: '${NOT_SET}' } })
  const other = await openBoard({ settings })
  try {
    const form = new URLSearchParams({ tenant: other.name, body: bodyOf(maria) }).toString()
    const type = 'application/x-www-form-urlencoded'
    const headers = { authorization: basic, 'content-type': type, 'accept-language': 'en' }
    const answer = await other.app.inject({ method: 'POST', url: '/preview', headers, payload: form })
    expect(textOf(answer.body)).toMatch(/could not be asked.*the board was not given the credentials of TOTVS CRM/)
    expect(textOf(answer.body)).toContain('webinar-crm')
    expect(await sandbox.client.calls()).toEqual([])
  } finally {
    await other.close()
  }
})

test('a body that is too long, empty or of no tenant of the user is refused before anything is read', async () => {
  expect((await paste('x'.repeat(64 * 1024 + 1))).statusCode).toBe(413)
  expect((await paste(' ')).statusCode).toBe(422)
  expect((await send('/preview', { tenant: 'nobody', body: bodyOf(maria) })).statusCode).toBe(422)
  expect(await sandbox.client.calls({ system: 'totvs-crm' })).toEqual([])
})

test('of a body with many leads the first five are shown, and how many are not', async () => {
  const leads = Array.from({ length: 7 }, (_, index) => ({ ...maria, uuid: `m-${index}`, state: 'RJ' }))
  const text = textOf((await paste(bodyOf(...leads))).body)
  expect(text).toContain('2 more parts of the body are not shown.')
  expect(text.match(/the filter &quot;fornecedores&quot; says so/g)).toHaveLength(5)
})

test('a form as relays send it is read like a body', async () => {
  const form = fixtureBytes('rd-webhooks', 'own-v1-11-form.txt').toString('utf8')
  expect(textOf((await paste(form)).body)).toContain('would be sent')
})

test('previews and searches look persons up under one limit of a user, and each lead of a body counts', async () => {
  const search = async (q: string, as = basic) => (await send('/search', { q }, as)).statusCode
  const five = bodyOf(...Array.from({ length: 5 }, (_, index) => ({ ...maria, uuid: `m-${index}`, state: 'RJ' })))
  const statuses: number[] = []
  for (let asked = 0; asked < 5; asked += 1) statuses.push((await paste(five)).statusCode)
  statuses.push(await search('nobody@x.example'), await search('48 99999-0000'))
  expect(statuses).toEqual(Array<number>(7).fill(200))
  // Three are left. A body of five is refused as a whole: nobody is looked up, and the three stay.
  await sandbox.client.clearCalls()
  const refused = await paste(five)
  expect([refused.statusCode, Number(refused.headers['retry-after']) > 0]).toEqual([429, true])
  expect(await sandbox.client.calls()).toEqual([])
  expect([await search('a@x.example'), await search('b@x.example'), await search('c@x.example')]).toEqual([
    200, 200, 200,
  ])
  expect([await search('d@x.example'), (await paste(bodyOf(maria))).statusCode]).toEqual([429, 429])
  // The limit is for one user alone.
  expect(await search('key-0', basicOf(viewer))).toBe(200)
})

test('the audit trail knows whom somebody looked up by a keyed fingerprint, the same for a search and a preview', async () => {
  await send('/search', { q: ' Maria.Souza@padaria.example ' })
  await send('/search', { q: '+55 (48) 99999-1234' })
  await paste(bodyOf(maria, { uuid: 'joao-1', nome: 'João', personal_phone: '48 99999-1234' }))
  const records = (await board.audit.read({ count: 1000 })).filter(({ persons = '' }) =>
    [board.fingerprint(maria.email), board.fingerprint('48999991234')].some(print => persons.includes(print)),
  )
  expect(records.map(({ action, persons }) => [action, persons?.split(' ')])).toEqual([
    ['preview', ['maria-1', maria.email, 'joao-1', '48999991234'].map(board.fingerprint)],
    ['search', expect.arrayContaining([board.fingerprint('48999991234')])],
    ['search', [board.fingerprint(maria.email)]],
  ])
  expect(JSON.stringify(records)).not.toMatch(/maria|padaria|9999-?1234|(?<![\da-f])99999(?![\da-f])/i)
  const shown = textOf((await visit('/audit')).body)
  expect(shown.split(board.fingerprint(maria.email).slice(0, 8))).toHaveLength(3)
})

test('what was pasted stays in the form, wherever it was wrong, and no heading skips a level', async () => {
  const keeps = (markup: string, text: string): boolean =>
    markup.includes(`${text.replaceAll('"', '&quot;')}</textarea>`)
  const broken = '{"leads":[{"name":"Maria"'
  const unread = (await paste(broken)).body
  const unknown = (await send('/preview', { tenant: 'nobody', body: broken })).body
  const long = 'x'.repeat(64 * 1024 + 1)
  expect([keeps(unread, broken), keeps(unknown, broken), keeps((await paste(long)).body, long)]).toEqual([
    true,
    true,
    true,
  ])
  const several = (await paste(bodyOf(maria, { ...maria, uuid: 'm-2', city: 'x'.repeat(300) }))).body
  const single = (await paste(bodyOf({ ...maria, city: 'x'.repeat(300) }))).body
  expect(keeps(single, bodyOf({ ...maria, city: 'x'.repeat(300) }))).toBe(true)
  for (const markup of [unread, several, single]) {
    const levels = [...markup.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([])
  }
})
