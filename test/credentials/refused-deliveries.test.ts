import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { hashPassword, newApiToken } from '@ponte/runtime'
import { recordNeedle } from '@ponte/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newEmail, type OwnCompany, patience, startCompany } from '../support/company.ts'
import { startCommand } from '../support/commands/run-command.ts'
import { openWebhookSink } from '../support/servers/alert-sinks.ts'

const { token, hash } = newApiToken()
let folder: string
let sink: Awaited<ReturnType<typeof openWebhookSink>>
let company: OwnCompany
beforeAll(async () => {
  recordNeedle('a token of the API', token)
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-refused-'))
  const accounts = path.join(folder, 'accounts.yaml')
  const nobody = await hashPassword(crypto.randomUUID())
  const document = {
    accounts: { ana: { role: 'viewer', password: nobody } },
    tokens: { monitoring: { role: 'viewer', token: hash } },
  }
  await writeFile(accounts, JSON.stringify(document))
  sink = await openWebhookSink()
  const env = { BOARD_ACCOUNTS: accounts, ALERT_WEBHOOK_URL: sink.url, ALERT_CHECK_SECONDS: '0.2' }
  company = await startCompany({ board: true, env })
})
afterAll(async () => {
  await company.stop()
  await sink.close()
  await rm(folder, { recursive: true })
})

async function ask(address: string, authorization: string): Promise<string> {
  const headers = { authorization, 'accept-language': 'en' }
  const answer = await fetch(`${company.ponte.board?.url}${address}`, { headers })
  expect(answer.status).toBe(200)
  return await answer.text()
}

/** What a person reads of a page. */
async function page(address: string): Promise<string> {
  const { user = '', password = '' } = company.ponte.board ?? {}
  const text = await ask(address, `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`)
  const [main = ''] = /<main.*<\/main>/s.exec(text) ?? []
  return main.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

/** What each place says, as a person or a program reads it. */
async function everywhere() {
  const [overview, connections, api, status] = await Promise.all([
    page('/'),
    page('/connections'),
    ask('/api/v1/status', `Bearer ${token}`),
    startCommand(company, ['status']).ended,
  ])
  return { code: status.code, api, shown: { overview, connections, status: status.stdout } }
}

const refused =
  '30 deliveries in the name of RD Station were refused, and none has been accepted since (wrong token · last '

test('30 deliveries with an old token are said everywhere and announced, and all is well with the next accepted one', async () => {
  const { contact } = await company.bring({ name: 'Antes do Token', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  const allWell = {
    code: 0,
    api: expect.stringContaining('"health":"good"'),
    shown: { overview: expect.stringContaining('All is well'), status: expect.stringContaining('All is well') },
  }
  await expect.poll(everywhere, patience).toMatchObject(allWell)

  const send = (): Promise<Response> =>
    fetch(`${company.ponte.tenant.rdStationUrl}?token=an-old-token-of-RD-Station`, { method: 'POST', body: '{}' })
  for (let each = 0; each < 30; each += 1) expect((await send()).status).toBe(401)
  const says = expect.stringContaining(refused)
  await expect
    .poll(everywhere, patience)
    .toMatchObject({ code: 1, shown: { overview: says, connections: says, status: says } })
  const { api, shown } = await everywhere()
  expect(JSON.parse(api)).toMatchObject({
    health: 'bad',
    summary: '1 connection gets only refused deliveries',
    tenants: [
      {
        connections: expect.arrayContaining([
          expect.objectContaining({
            system: 'rd-station',
            refused: expect.objectContaining({ count: 30, reasons: { 'wrong-token': 30 }, isMany: true }),
          }),
        ]),
      },
    ],
  })
  for (const text of [...Object.values(shown), api]) expect(text).not.toMatch(/all is well/i)

  await expect.poll(() => sink.texts().length, patience).toBe(1)
  expect(sink.texts()[0]).toContain('30 entregas em nome do RD Station recusadas, e nenhuma aceita desde então')
  expect(sink.texts()[0]).toContain(refused)

  await company.deliver(await company.convert({ name: 'Depois do Token', email: newEmail() }))
  await expect.poll(everywhere, patience).toMatchObject(allWell)
  const after = await everywhere()
  for (const text of [...Object.values(after.shown), after.api])
    expect(text).not.toMatch(/deliver(?:y was|ies were) refused|"refused":/)
  await expect.poll(() => sink.texts().length, patience).toBe(2)
  expect(sink.texts()[1]).toContain('as entregas do RD Station não são mais recusadas: uma foi aceita')
})
