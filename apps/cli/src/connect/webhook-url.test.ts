import { beforeEach, expect, test } from 'vitest'
import { answerAll } from '../testing/doctor-tools.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

let ingress: Awaited<ReturnType<typeof answerAll>>
beforeEach(async () => {
  ingress = await answerAll(202)
})

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
