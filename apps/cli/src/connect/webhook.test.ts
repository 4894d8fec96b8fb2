import { readFile, writeFile } from 'node:fs/promises'
import { crmIntents } from '@ponte/contracts'
import { freePort } from '@ponte/testbed'
import { beforeEach, expect, inject, test } from 'vitest'
import { answerAll, rdAuthorization, sendJson } from '../testing/doctor-tools.ts'
import { newToken, type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

let ingress: Awaited<ReturnType<typeof answerAll>>
beforeEach(async () => {
  ingress = await answerAll(202)
})

const rd = () => cli.rd()
const registered = async () => (await rd().state()).subscriptions
const addressOf = ({ name }: SetUpTenant, base = ingress.url) => `${base}/webhooks/${name}/rd-station`
const register = (tenant: SetUpTenant, more: readonly string[] = [], onStderr?: (text: string) => void) =>
  tenant.run(['connect', '--webhook', '--url', ingress.url, '--json', ...more], { onStderr })
/** Nobody is asked to allow a connection. */
const dialogs = () => cli.client.calls({ path: '/auth/dialog' })

test('a connected tenant gets its webhook without a new authorization: all conversions, with company and funnel', async () => {
  const tenant = await cli.newTenant()
  const run = await register(tenant)
  expect(run).toMatchObject({ code: 0 })
  const [webhook, ...others] = await registered()
  expect(others).toEqual([])
  expect(webhook).toMatchObject({
    event_type: 'WEBHOOK.CONVERTED',
    url: `${addressOf(tenant)}?token=${tenant.tokens.rdStation}`,
    event_identifiers: [],
    include_relations: ['COMPANY', 'CONTACT_FUNNEL'],
  })
  expect(run.data()).toMatchObject({
    ok: true,
    webhook: { done: 'created', uuid: webhook?.uuid, address: addressOf(tenant), identifiers: [] },
    header: { name: 'apiToken', setting: 'webhookTokens.totvsCrm' },
  })
  expect(run.data().workflows.map(({ address }: { address: string }) => address)).toEqual(
    crmIntents.map(intent => `${ingress.url}/webhooks/${tenant.name}/totvs-crm/${intent}`),
  )
  expect(await dialogs()).toEqual([])
})

test("in the shadow a person reads that the package's way stays, and live nothing of it", async () => {
  for (const mode of ['shadow', 'live'] as const) {
    const tenant = await cli.newTenant({ mode })
    for (const [lang, remove, leave] of [
      ['en', 'also sends leads to', "Leave what sends leads to TOTVS's package"],
      ['pt-BR', 'também envia leads a', 'Deixe como está o que envia leads ao pacote da TOTVS'],
    ] as const) {
      const { stdout } = await tenant.run(['connect', '--webhook', '--url', ingress.url, '--lang', lang])
      expect(stdout).toContain(`${remove} ${addressOf(tenant)},`)
      expect(stdout.includes(leave)).toBe(mode === 'shadow')
    }
  }
})

test('a person reads that all conversions come, the addresses, and in which file the value of the header stands; no token is shown', async () => {
  const tenant = await cli.newTenant()
  const { PONTE_CONFIG: file } = tenant.env
  const { totvsCrm: token, rdStation } = tenant.tokens
  await writeFile(file, (await readFile(file, 'utf8')).replace(token, '${ACME_CRM_WEBHOOK_TOKEN}'))
  const env = { ACME_CRM_WEBHOOK_TOKEN: token }
  for (const [lang, all, place] of [
    ['en', 'All conversions come', 'the secret ACME_CRM_WEBHOOK_TOKEN, which stands in .env.webhooks'],
    ['pt-BR', 'Vêm todas as conversões', 'o segredo ACME_CRM_WEBHOOK_TOKEN, que está em .env.webhooks'],
  ] as const) {
    const run = await tenant.run(['connect', '--webhook', '--url', ingress.url, '--lang', lang], { env })
    expect(run.code).toBe(0)
    expect(run.stdout).toContain(all)
    expect(run.stdout).toMatch(/Oportunidade ganha +\S+\/totvs-crm\/opportunity-won\n/)
    expect(run.stdout).toContain('apiToken')
    expect(run.stdout).toContain(place)
    for (const secret of [token, rdStation]) expect(run.stdout + run.stderr).not.toContain(secret)
  }
})

test('a tenant that is not connected is connected first', async () => {
  const tenant = await cli.newTenant()
  await rd().revokeTokens()
  let visited: Promise<Response> | undefined
  const run = await register(tenant, ['--port', '0'], text => {
    const [dialog] = /https?:\/\/\S*\/auth\/dialog\S*/.exec(text) ?? []
    if (dialog !== undefined) visited ??= fetch(dialog)
  })
  expect(run.data()).toMatchObject({ ok: true, webhook: { done: 'created' } })
  expect(await visited).toMatchObject({ status: 200 })
  expect(await registered()).toHaveLength(1)
})

interface Before {
  readonly what: string
  /** What was registered before; `{here}` is the tenant's address, `{token}` its token, `{old}` one that is being replaced. */
  readonly webhook: {
    readonly url: string
    readonly event_type?: string
    readonly event_identifiers?: readonly string[]
  }
  readonly isSuspended?: boolean
  readonly relations?: readonly string[]
  readonly done: 'updated' | 'kept' | 'created'
}

const right = { url: '{here}?token={token}' }
test.each<Before>([
  { what: 'is as it shall be', webhook: right, done: 'kept' },
  { what: 'is suspended', webhook: right, isSuspended: true, done: 'updated' },
  { what: 'carries the token that is being replaced', webhook: { url: '{here}?token={old}' }, done: 'updated' },
  { what: 'carries a token of nobody', webhook: { url: '{here}?token=of-yesterday' }, done: 'updated' },
  { what: 'sends marks', webhook: { ...right, event_type: 'WEBHOOK.MARKED_OPPORTUNITY' }, done: 'updated' },
  { what: 'leaves the company out', webhook: right, relations: ['CONTACT_FUNNEL'], done: 'updated' },
])(
  'a webhook that $what is $done, and stays the only one',
  async ({ webhook, isSuspended = false, relations, done }) => {
    const old = newToken()
    const tenant = await cli.newTenant({ webhookTokens: { rdStation: [newToken(), old] } })
    const [token = ''] = tenant.tenant.settings.webhookTokens.rdStation
    const fill = (text: string): string =>
      text.replace('{here}', addressOf(tenant)).replace('{token}', token).replace('{old}', old)
    const { uuid } = await plant({ ...webhook, url: fill(webhook.url) }, relations)
    if (isSuspended) await rd().suspendWebhooks()
    const run = await register(tenant)
    expect(run.data()).toMatchObject({ ok: true, webhook: { done, uuid } })
    expect(await registered()).toMatchObject([
      {
        uuid,
        event_type: 'WEBHOOK.CONVERTED',
        url: `${addressOf(tenant)}?token=${token}`,
        include_relations: ['COMPANY', 'CONTACT_FUNNEL'],
        status: 'active',
      },
    ])
    for (const secret of [token, old]) expect(run.stdout + run.stderr).not.toContain(secret)
  },
)

test('one at a former address passes on what it sends, and is removed with --yes alone, not before the new one answers', async () => {
  const tenant = await cli.newTenant()
  const url = `https://before.example/webhooks/${tenant.name}/rd-station?token=${tenant.tokens.rdStation}`
  await plant({ url, event_identifiers: ['contato'] })
  const before = await registered()
  const nobody = `http://127.0.0.1:${await freePort()}`
  expect((await tenant.run(['connect', '--webhook', '--yes', '--url', nobody])).code).toBe(1)
  expect(await registered()).toEqual(before)
  const former = `https://before.example/webhooks/${tenant.name}/rd-station`
  expect((await register(tenant)).data()).toMatchObject({ webhook: { done: 'created', others: [former] } })
  const { code, stdout } = await tenant.run(['connect', '--webhook', '--url', ingress.url, '--lang', 'en'])
  expect([code, stdout]).toEqual([0, expect.stringContaining(`Ponte's webhook at ${former} stays.`)])
  expect(await registered()).toMatchObject([...before, { event_identifiers: ['contato'] }])
  // The answer to its removal is lost.
  await cli.client.addFault({ system: 'rd-station', match: { method: 'DELETE' }, kind: 'drop-after' })
  expect((await register(tenant, ['--yes'])).data()).toMatchObject({ ok: true, webhook: { removed: [former] } })
  expect(await registered()).toMatchObject([
    { url: `${addressOf(tenant)}?token=${tenant.tokens.rdStation}`, event_identifiers: ['contato'] },
  ])
})

test('a webhook that works is not changed while the ingress refuses the token of today', async () => {
  const tenant = await cli.newTenant()
  await plant({ url: `${addressOf(tenant)}?token=of-yesterday` })
  const before = await registered()
  await ingress.close()
  await answerAll(401, '{"code":"UNAUTHORIZED"}', { port: Number(new URL(ingress.url).port) })
  const run = await register(tenant)
  expect(run.data()).toMatchObject({ ok: false, error: { code: 'INGRESS_TOKEN_REFUSED' } })
  expect(run.code).toBe(1)
  expect(await registered()).toEqual(before)
})

test('an account that was connected is said to be so also when RD Station then fails', async () => {
  const tenant = await cli.newTenant()
  await cli.client.addFault({
    ...{ system: 'rd-station', match: { path: '/integrations/webhooks' }, kind: 'status', status: 403, body: {} },
  })
  const run = await register(tenant)
  expect(run.code).not.toBe(0)
  expect(run.data()).toMatchObject({ ok: false, tenant: tenant.name, breakerClosed: false })
  expect(run.data().error.code).toMatch(/^RD_/)
})

test('one that stays suspended however it is changed is replaced, and sends what it sent', async () => {
  const tenant = await cli.newTenant()
  await rd().change({ settings: { changeWakesWebhooks: false } })
  expect((await register(tenant, ['--identifier', 'contato'])).code).toBe(0)
  await rd().suspendWebhooks()
  expect((await register(tenant)).data()).toMatchObject({ ok: true, webhook: { done: 'updated' } })
  expect(await registered()).toMatchObject([{ status: 'active', event_identifiers: ['contato'] }])
})

test('the webhook of another installation, and one for something else, stay as they are', async () => {
  const tenant = await cli.newTenant()
  await plant({ url: `https://staging.example/webhooks/${tenant.name}/rd-station?token=of-staging` })
  await plant({ url: 'https://hooks.example/of/somebody' })
  const before = await registered()
  expect((await register(tenant)).data()).toMatchObject({ webhook: { done: 'created' } })
  expect(await registered()).toEqual([...before, expect.objectContaining({ status: 'active' })])
})

test('some conversions are chosen, stay chosen, and with --identifier alone all come again', async () => {
  const tenant = await cli.newTenant()
  const identifiers = async (...more: readonly string[]) => {
    const { webhook } = (await register(tenant, more)).data()
    expect(await registered()).toMatchObject([{ event_identifiers: webhook.identifiers }])
    return [webhook.done, ...webhook.identifiers]
  }
  expect(await identifiers('--identifier', 'contato', 'orçamento')).toEqual(['created', 'contato', 'orçamento'])
  expect(await identifiers()).toEqual(['kept', 'contato', 'orçamento'])
  expect(await identifiers('--identifier', 'orçamento')).toEqual(['updated', 'orçamento'])
  expect(await identifiers('--identifier')).toEqual(['updated'])
  expect(await identifiers()).toEqual(['kept'])
})

test.each([
  { where: 'something else answers', code: 'INGRESS_NOT_PONTE', words: 'would answer 202' },
  { where: 'nothing answers', code: 'WEBHOOK_REFUSED', words: 'Nothing answers' },
  { where: 'the ingress answers only from here', code: 'WEBHOOK_REFUSED', words: 'certificate' },
])('that $where is explained, ends with 1, and nothing is registered', async ({ where, code, words }) => {
  const tenant = await cli.newTenant()
  const other = await answerAll(404)
  const urls: Readonly<Record<string, string>> = {
    'something else answers': other.url,
    'nothing answers': `http://127.0.0.1:${await freePort()}`,
  }
  if (urls[where] === undefined)
    await cli.client.addFault({
      system: 'rd-station',
      match: { method: 'POST', path: '/integrations/webhooks' },
      kind: 'status',
      status: 401,
      body: { errors: { error_type: 'UNAUTHORIZED', error_message: 'The URL did not answer with success.' } },
    })
  const run = await tenant.run(['connect', '--webhook', '--url', urls[where] ?? ingress.url, '--json'])
  expect(run.code).toBe(1)
  expect(run.data()).toMatchObject({ ok: false, error: { code } })
  expect(run.data().error.messages.join(' ')).toContain(words)
  expect(run.stdout + run.stderr).not.toContain(tenant.tokens.rdStation)
  expect(await registered()).toEqual([])
})

const hands = [1, 3] as const
const faults = [undefined, 'drop-after', 'drop-before'] as const
/** What is true when so many hands register at once, and which answer is lost. */
const situations = hands.flatMap(count =>
  faults.flatMap(fault =>
    ['nothing', 'a webhook', 'a suspended webhook', 'a webhook with a former token'].map(before => ({
      count,
      fault,
      before,
    })),
  ),
)

test.each(
  inject('isLongRun') ? situations : situations.filter(({ fault }, index) => fault === 'drop-after' || index % 5 === 0),
)(
  '$count at once, with $before registered and the fault $fault, leave one webhook, and the next one changes nothing',
  async ({ count, fault, before }) => {
    let tenant = await cli.newTenant()
    if (before !== 'nothing') expect((await register(tenant)).code).toBe(0)
    if (before === 'a suspended webhook') await rd().suspendWebhooks()
    if (before === 'a webhook with a former token') {
      tenant = await cli.newTenant({}, tenant.name)
    }
    // The first call that would change something.
    for (const method of ['POST', 'PUT'])
      if (fault !== undefined)
        await cli.client.addFault({
          ...{ system: 'rd-station', match: { method, path: '/integrations/webhooks' }, kind: fault },
        })
    const runs = await Promise.all(Array.from({ length: count }, () => register(tenant)))
    expect(runs.map(({ code }) => code)).toEqual(runs.map(() => 0))
    const wanted = [{ url: `${addressOf(tenant)}?token=${tenant.tokens.rdStation}`, status: 'active' }]
    const left = await registered()
    expect(left).toMatchObject(wanted)
    await cli.client.clearFaults()
    expect((await register(tenant)).data()).toMatchObject({ webhook: { done: 'kept' } })
    expect(await registered()).toEqual(left)
  },
)

test('three at once leave one webhook also while RD Station waits for the address, and would take the second one', async () => {
  const tenant = await cli.newTenant()
  const slow = await answerAll(202, '{}', { delayMs: 300 })
  const argv = ['connect', '--webhook', '--url', slow.url, '--json']
  const runs = await Promise.all([1, 2, 3].map(() => tenant.run(argv)))
  const done = runs.map(run => run.data().webhook.done)
  expect([done.length, done.filter(each => each === 'created').length]).toEqual([3, 1])
  expect(await registered()).toHaveLength(1)
})

/** A webhook of RD Station's API, as somebody has made it before. */
async function plant(webhook: Before['webhook'], relations: readonly string[] = ['COMPANY', 'CONTACT_FUNNEL']) {
  const { rdUrl } = cli.client
  const headers = await rdAuthorization(rdUrl)
  const kind = { event_type: 'WEBHOOK.CONVERTED', entity_type: 'CONTACT', http_method: 'POST' }
  const order = { ...kind, include_relations: relations, ...webhook }
  // Not even the address of another installation is called.
  const trial = `${ingress.url}/of/${crypto.randomUUID()}`
  const { uuid } = await sendJson(`${rdUrl}/integrations/webhooks`, { ...order, url: trial }, headers)
  return await sendJson(`${rdUrl}/integrations/webhooks/${uuid}`, order, headers, 'PUT')
}

test('without a public address, with one without TLS, or with --identifier alone, nothing is asked of RD Station', async () => {
  const tenant = await cli.newTenant()
  const real = await cli.newTenant({ totvsCrm: { baseUrl: 'https://crm.acme.example' } })
  await cli.client.clearCalls()
  const wrong = [
    { run: tenant.run(['connect', '--webhook']), words: 'BOARD_PUBLIC_URL' },
    { run: real.run(['connect', '--webhook', '--url', 'http://ponte.acme.example']), words: 'https://' },
    { run: tenant.run(['connect', '--webhook', '--url', 'ponte.acme.example']), words: 'ponte.acme.example' },
    { run: tenant.run(['connect', '--webhook', '--url', 'https://acme.example/x']), words: 'https://acme.example/x' },
    { run: tenant.run(['connect', '--webhook', '--url', 'https://me:pass@acme.example']), words: 'acme.example' },
    { run: tenant.run(['connect', '--identifier', 'contato', '--url', ingress.url]), words: '--webhook' },
  ]
  for (const { run, words } of wrong) {
    const { code, stderr } = await run
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  }
  expect(await cli.client.calls()).toEqual([])
})

test("the board's public address is that of the ingress, unless INGRESS_PUBLIC_URL or --url says another", async () => {
  const tenant = await cli.newTenant()
  const other = 'http://other.example'
  const given = { INGRESS_PUBLIC_URL: ingress.url, BOARD_PUBLIC_URL: other }
  for (const [more, env] of [
    [[], { BOARD_PUBLIC_URL: ingress.url }],
    [[], given],
    [['--url', ingress.url], { ...given, INGRESS_PUBLIC_URL: other }],
  ] as const) {
    const run = await tenant.run(['connect', '--webhook', '--json', ...more], { env })
    expect(run.data()).toMatchObject({ webhook: { address: `${ingress.url}/webhooks/${tenant.name}/rd-station` } })
  }
})
