import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { sharedTimeZone } from '../support/shared/shared-tenants.ts'
import { openShell, type Shell } from '../support/commands/shell.ts'

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

test('after `connect --webhook` a form that is filled in at RD Station becomes a lead, by nothing else', async () => {
  const run = await ponte(['connect', '--webhook', '--url', company.ponte.ingressUrl, '--json'])
  expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, webhook: { done: 'created' } })
  const contact = await company.convert({ name: 'Cliente', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  expect(await company.crm.leads({ externalId: `rd:${contact.uuid}` })).toHaveLength(1)
})
