import { freePort } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { answerAll, problemsIn, rdAuthorization, sendJson } from '../testing/doctor-tools.ts'
import { newToken, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

test.each([
  { where: 'nobody listens', answer: undefined, problem: ['ingress INGRESS_UNREACHABLE'], code: 3 },
  { where: 'something else answers', answer: 404, problem: ['ingress INGRESS_NOT_PONTE'], code: 1 },
  { where: 'something else wants a login', answer: 401, problem: ['ingress INGRESS_NOT_PONTE'], code: 1 },
  {
    where: 'the ingress has other tokens',
    answer: 401,
    body: '{"code":"UNAUTHORIZED"}',
    problem: ['ingress-token-rd-station INGRESS_TOKEN_REFUSED', 'ingress-token-totvs-crm INGRESS_TOKEN_REFUSED'],
    code: 1,
  },
])('an address for webhooks where $where is named', async ({ answer, body, problem, code }) => {
  const tenant = await cli.newTenant()
  const server = await answerAll(answer ?? 500, body)
  const url = answer === undefined ? `http://127.0.0.1:${await freePort()}` : server.url
  const run = await tenant.run(['doctor', '--json', '--url', url])
  expect(problemsIn(run.data())).toEqual(problem)
  expect(run.code).toBe(code)
})

test.each(['nonsense', 'localhost:3000', 'ftp://ponte.acme.example'])(
  'the address for webhooks "%s" is none: nothing is checked, and the exit code is 2',
  async url => {
    const tenant = await cli.newTenant()
    await cli.client.clearCalls()
    const { code, stderr } = await tenant.run(['doctor', '--url', url])
    expect(code).toBe(2)
    expect(stderr).toContain(url)
    expect(await cli.client.calls()).toEqual([])
  },
)

test('an address for webhooks without TLS is named: RD Station does not take it', async () => {
  const tenant = await cli.newTenant()
  const { data } = await tenant.run(['doctor', '--json', '--url', 'http://ponte.acme.example'])
  expect(problemsIn(data())).toEqual(['ingress INGRESS_WITHOUT_TLS'])
})

interface Registered {
  readonly where: string
  /** What RD Station lists; `{url}` is the address of the tenant's webhooks. */
  readonly webhooks: readonly { readonly url: string; readonly event_type?: string; readonly status?: string }[]
  readonly finding: string
}

test.each<Registered>([
  { where: 'there', webhooks: [{ url: '{url}?token={token}' }], finding: 'ok' },
  { where: 'there, with the old token of two', webhooks: [{ url: '{url}/?token={old}' }], finding: 'ok' },
  {
    where: 'there, beside one that is not',
    webhooks: [{ url: 'https://old.example/webhooks/acme/rd-station?token={token}' }, { url: '{url}?token={token}' }],
    finding: 'ok',
  },
  { where: 'there without a token', webhooks: [{ url: '{url}' }], finding: 'problem RD_WEBHOOK_TOKEN_WRONG' },
  {
    where: 'there with another token',
    webhooks: [{ url: '{url}?token=of-yesterday' }],
    finding: 'problem RD_WEBHOOK_TOKEN_WRONG',
  },
  {
    where: 'suspended',
    webhooks: [{ url: '{url}?token={token}', status: 'suspended' }],
    finding: 'problem RD_WEBHOOK_SUSPENDED',
  },
  {
    where: 'at an address of yesterday',
    webhooks: [{ url: 'https://old.example/webhooks/acme/rd-station?token={token}' }],
    finding: 'problem RD_WEBHOOK_OTHER_ADDRESS',
  },
  {
    where: 'for something else',
    webhooks: [
      { url: 'https://hooks.example/hooks/secret-path' },
      { url: '{url}?token={token}', event_type: 'webhook.marked_opportunity' },
    ],
    finding: 'not-checkable RD_WEBHOOK_NOT_LISTED',
  },
  { where: 'nowhere: a flow may send the leads', webhooks: [], finding: 'not-checkable RD_WEBHOOK_NOT_LISTED' },
])(
  "of RD Station's own webhooks, one that is $where is $finding, and no token is shown",
  async ({ webhooks, finding }) => {
    const old = newToken()
    const tenant = await cli.newTenant({ webhookTokens: { rdStation: [newToken(), old] } })
    const [token = ''] = tenant.tenant.settings.webhookTokens.rdStation
    const ingress = await answerAll(202)
    const address = `${ingress.url}/webhooks/${tenant.name}/rd-station`
    const fill = (text: string): string =>
      text.replace('{url}', address).replace('{token}', token).replace('{old}', old)
    await cli.client.addFault({
      system: 'rd-station',
      match: { path: '/integrations/webhooks' },
      kind: 'status',
      status: 200,
      body: {
        webhooks: webhooks.map(({ url, event_type = 'webhook.converted', status = 'active' }, index) => ({
          uuid: `w-${index}`,
          event_type,
          entity_type: 'CONTACT',
          url: fill(url),
          status,
        })),
      },
    })
    const run = await tenant.run(['doctor', '--json', '--url', `${ingress.url}/`])
    const found = run.data().findings.find(({ check }: { check: string }) => check === 'rd-webhook')
    expect([found.status, found.problem ?? found.note].filter(Boolean).join(' ')).toBe(finding)
    expect(run.code).toBe(finding.startsWith('problem') ? 1 : 0)
    if (finding !== 'ok') expect(`${found.what} ${found.remedy ?? ''}`).toContain(address)
    for (const secret of [token, old, 'of-yesterday', 'secret-path'])
      expect(run.stdout + run.stderr).not.toContain(secret)
  },
)

test('a webhook that was registered by RD Station’s API is found by its own list', async () => {
  const tenant = await cli.newTenant()
  const ingress = await answerAll(202)
  const { rdUrl } = cli.client
  const url = `${ingress.url}/webhooks/${tenant.name}/rd-station?token=${tenant.tokens.rdStation}`
  const order = { event_type: 'WEBHOOK.CONVERTED', entity_type: 'CONTACT', http_method: 'POST', url }
  await sendJson(`${rdUrl}/integrations/webhooks`, order, await rdAuthorization(rdUrl))
  const { code, data } = await tenant.run(['doctor', '--json', '--url', ingress.url])
  expect(data().findings).toContainEqual({ check: 'rd-webhook', status: 'ok', tenant: tenant.name, what: 'ok' })
  expect(code).toBe(0)
})

test.each([403, 404])('an account that RD Station answers %i shows no webhooks: that is no problem', async status => {
  const tenant = await cli.newTenant()
  const ingress = await answerAll(202)
  await cli.client.addFault({
    system: 'rd-station',
    match: { path: '/integrations/webhooks' },
    kind: 'status',
    status,
    body: { errors: [{ error_type: 'RESOURCE_NOT_FOUND', error_message: 'no' }] },
  })
  const { code, data } = await tenant.run(['doctor', '--json', '--url', ingress.url])
  expect(data().findings).toContainEqual(
    expect.objectContaining({ check: 'rd-webhook', status: 'not-checkable', note: 'RD_WEBHOOKS_NOT_SHOWN' }),
  )
  expect(code).toBe(0)
})
