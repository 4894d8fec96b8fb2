import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { sharedTimeZone } from '../support/shared/shared-tenants.ts'
import { openShell, type Shell } from '../support/commands/shell.ts'
import { failedJobs } from '../support/jobs.ts'

let company: Company
let shell: Shell
beforeAll(async () => {
  company = await shareCompany('command-line')
  const secretKey = company.ponte.settings.PONTE_SECRET_KEY
  shell = await openShell(company, { secretKey, BOARD_TIME_ZONE: sharedTimeZone })
})
afterAll(async () => {
  await company.stop()
  await shell.close()
})

const ponte = (argv: readonly string[], more?: Record<string, string>) => shell.ponte(argv, more)

test.runIf(inject('isLongRun'))(
  'doctor finds nothing wrong with a company that works, its ingress included',
  async () => {
    const { code, stdout, stderr } = await ponte(['doctor', '--json', '--url', company.ponte.ingressUrl])
    const { ok, findings } = JSON.parse(stdout)
    expect(findings.filter(({ status }: { status: string }) => status === 'problem')).toEqual([])
    expect({ ok, code }).toEqual({ ok: true, code: 0 })
    expect(stderr).toContain('checking')
  },
)

test.runIf(inject('isLongRun'))(
  'what went wrong with an account is found, fixed with one command, and goes on without a restart',
  async () => {
    const { contact, opportunity } = await company.bring({ email: newEmail() })
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await company.rd.revokeTokens()
    await company.crm.win(opportunity.id, 500)
    const renewals = () => company.sandbox.calls({ path: '/auth/token' })
    await expect.poll(renewals, patience).toContainEqual(expect.objectContaining({ status: 401 }))
    const { findings } = JSON.parse((await ponte(['doctor', '--json'])).stdout)
    expect(findings).toContainEqual(expect.objectContaining({ check: 'rd-token', problem: 'RD_TOKEN_REVOKED' }))
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])

    await company.rd.change({ refreshToken: 'connected-anew' })
    expect((await shell.ponte(['connect', '--refresh-token', '-'], {}, 'connected-anew\n')).code).toBe(0)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  },
)

test.runIf(inject('isLongRun'))(
  'failures are seen by their cause, retried by it once it is fixed, and gone',
  async () => {
    const id = crypto.randomUUID()
    await company.announce('updated', id)
    await expect.poll(() => failedJobs(company.ponte.tenant.name, 'rd-station'), patience).toHaveLength(1)
    expect(JSON.parse((await ponte(['failures', '--json'])).stdout).failures).toMatchObject([
      { code: 'CRM_OPPORTUNITY_NOT_FOUND', queue: 'rd-station', count: 1 },
    ])
    const portuguese = await ponte(['failures'], { LANG: 'pt_BR.UTF-8' })
    expect(portuguese.stdout).toContain('A oportunidade não existe no TOTVS CRM.')
    expect(portuguese.code).toBe(1)

    // Side by side with the page of the board: the same event at the same time.
    const [, time = ''] = /falhou em (.*)\n/.exec(portuguese.stdout) ?? []
    expect(time).toMatch(/^\d\d\/\d\d\/\d{4}, \d\d:\d\d:\d\d$/)
    const { board, tenant } = company.ponte
    const page = await fetch(`${board?.url}/failures/${tenant.name}/rd-station/CRM_OPPORTUNITY_NOT_FOUND`, {
      headers: {
        authorization: `Basic ${Buffer.from(`${board?.user}:${board?.password}`).toString('base64')}`,
        'accept-language': 'pt-BR',
      },
    })
    expect(await page.text()).toContain(`>${time}</time>`)

    const lead = await company.crm.addLead({ name: 'Cliente' })
    // Its webhook would do what the retry is for.
    await company.crm.holdWebhooks()
    await company.crm.addOpportunity({ id, leadId: lead.id })
    expect((await ponte(['retry', 'CRM_OPPORTUNITY_NOT_FOUND'])).code).toBe(0)
    await expect.poll(() => failedJobs(company.ponte.tenant.name, 'rd-station'), patience).toEqual([])
    await company.crm.releaseWebhooks()
    expect((await ponte(['failures'])).code).toBe(0)
  },
)

test('after `connect --webhook` a form that is filled in at RD Station becomes a lead, by nothing else', async () => {
  const run = await ponte(['connect', '--webhook', '--url', company.ponte.ingressUrl, '--json'])
  expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, webhook: { done: 'created' } })
  const contact = await company.convert({ name: 'Cliente', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  expect(await company.crm.leads({ externalId: `rd:${contact.uuid}` })).toHaveLength(1)
})

test.runIf(inject('isLongRun'))('an example that is sent arrives', async () => {
  const sent = await ponte(['send', '--url', company.ponte.ingressUrl, '--json'])
  expect(sent.code).toBe(0)
  const { body } = JSON.parse(sent.stdout)
  expect(body.accepted).toMatchObject([{ event: 'lead.registered' }])
})

test.runIf(inject('isLongRun')).each([
  { argv: [], code: 2 },
  { argv: ['cure'], code: 2 },
  { argv: ['--help'], code: 0 },
  { argv: ['doctor', '--tenant', 'nobody'], code: 2 },
  { argv: ['failures'], more: { REDIS_URL: 'redis://127.0.0.1:9' }, code: 3 },
])('ponte $argv ends with $code', async ({ argv, more, code }) => {
  const run = await ponte(argv, more)
  expect(run.code).toBe(code)
  if (code > 0) expect(run.stdout).toBe('')
})
