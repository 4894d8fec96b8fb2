import { sourceNames } from '@ponte/contracts'
import { enqueueEvent, quarantineDelivery } from '@ponte/runtime'
import { createAudit } from '@ponte/state'
import { fixtureNames } from '@ponte/webhooks/fixtures'
import { expect, inject, test } from 'vitest'
import { useCliSetUp, useFolder } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

const { write } = useFolder()
const fileOf = (body: unknown) => write(JSON.stringify(body))

const rules = {
  fields: [{ name: 'origem', from: 'conversion.identifier', to: 'lead.customFields.origem' }],
  filters: { skip: [{ name: 'fornecedores', when: { state: 'RJ' } }] },
}
const leadOf = (uuid: string, more: object = {}) => ({
  uuid,
  name: 'Maria',
  email: `${uuid}@cliente.example`,
  last_conversion: { created_at: '2026-03-05T12:00:00Z', content: { identificador: 'webinar-crm' } },
  ...more,
})

const all = fixtureNames('rd-webhooks').filter(name => /\.(?:json|txt)$/.test(name))
/** A short run takes every fourth example. The tests of the parser read them all. */
const examples = all.filter((_name, index) => inject('isLongRun') || index % 4 === 0)

test('every example of RD Station is explained, nothing is thrown, and TOTVS CRM gets reads and logins only', async () => {
  const everything = sourceNames.map(from => ({ from, to: `lead.customFields.${from.replaceAll('.', '_')}` }))
  const tenant = await cli.newTenant({ ...rules, fields: [...rules.fields, ...everything] })
  for (const name of examples) {
    const run = await tenant.run(['preview', name, '--json'])
    expect([0, 1], `${name}: ${run.stderr}`).toContain(run.code)
    const { previews } = run.data()
    const kinds = previews.map(({ kind }: { kind: string }) => kind)
    expect(kinds.length, name).toBeGreaterThan(0)
    for (const each of previews) {
      const isExplained = each.kind !== 'lead' || each.outcome !== 'sent' || each.rows.length > everything.length
      expect(isExplained, name).toBe(true)
    }
    const { stdout } = await tenant.run(['preview', name, '--lang', 'pt-BR'])
    expect(stdout, name).not.toMatch(/undefined|\[object|preview-|…"?\}/)
    expect(stdout.trim().length, name).toBeGreaterThan(20)
  }
  const calls = await cli.client.calls({ system: 'totvs-crm' })
  expect(calls.length).toBeGreaterThan(examples.length)
  const writing = calls.filter(({ method }) => method !== 'GET')
  expect(new Set(writing.map(call => call.path))).toEqual(new Set([tenant.tenant.settings.totvsCrm.loginPath]))
  expect(await cli.client.calls({ system: 'rd-station' })).toEqual([])
})

test('of several leads in one body each is shown, and the exit code is 1 when one of them cannot be sent', async () => {
  const tenant = await cli.newTenant(rules)
  const file = await fileOf({ leads: [leadOf('m1'), leadOf('m2', { state: 'rj' })] })
  const both = await tenant.run(['preview', file, '--lang', 'en'])
  expect(both.stdout).toContain('would be sent')
  expect(both.stdout).toContain('would not be sent: not sent: the filter "fornecedores" says so')
  expect(both.stdout).toMatch(
    /✓ lead\.customFields\.origem ← conversion\.identifier "webinar-crm" → "webinar-crm" · rule "origem"/,
  )
  expect(both.code).toBe(0)
  const bad = await fileOf({ leads: [leadOf('m1'), { uuid: 'nobody' }] })
  const run = await tenant.run(['preview', bad, '--lang', 'pt-BR'])
  expect(run.stdout).toContain('iria para a quarentena: LEAD_WITHOUT_IDENTITY')
  expect(run.code).toBe(1)
})

test('what somebody typed into a form or into TOTVS CRM cannot control the terminal', async () => {
  const tenant = await cli.newTenant(rules)
  await cli.crm().addLead({ name: 'Mariana\u001b[2J\u0007\nSilva', externalId: 'rd:m6' })
  const file = await fileOf({
    leads: [leadOf('m6', { name: 'Maria\u001b[2J\u202e', job_title: `\u009b31m${'x'.repeat(116)}😀y` })],
  })
  const { stdout } = await tenant.run(['preview', file])
  expect(stdout).toContain('Mariana')
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  expect(stdout).toMatch(/x{116}…/)
  expect(stdout).not.toContain('\nSilva')
})

test('an event is found by its key in its queue and in quarantine, however long its body is, and stdin is a body', async () => {
  const { run, queues, tenant, name } = await cli.newTenant(rules)
  const receivedAt = new Date().toISOString()
  const lead = { email: 'maria@cliente.example', name: 'Maria' }
  await enqueueEvent(queues, tenant, { name: 'lead.registered', key: 'rd2-of-test', lead }, { receivedAt })
  const ofQueue = await run(['preview', 'rd2-of-test', '--json', '--tenant', name])
  expect(ofQueue.data()).toMatchObject({ ok: true, tenant: name, previews: [{ key: 'rd2-of-test', outcome: 'sent' }] })

  const body = JSON.stringify({ leads: [{ uuid: 'nobody', padding: 'x'.repeat(100_000) }] })
  const quarantined = await quarantineDelivery(queues, tenant, {
    v: 1,
    receivedAt,
    source: 'rd-station',
    body,
    encoding: 'utf8',
    form: false,
  })
  const ofQuarantine = await run(['preview', quarantined.jobId, '--json'])
  expect(ofQuarantine.data()).toMatchObject({ previews: [{ kind: 'quarantined', code: 'LEAD_WITHOUT_IDENTITY' }] })

  const ofStdin = await run(['preview', '-', '--json'], { stdin: JSON.stringify(leadOf('m3')) })
  expect(ofStdin.data()).toMatchObject({ previews: [{ outcome: 'sent', lead: { standing: 'new' } }] })
})

test('what Ponte knows of the person counts: the lead that it has is shown beside what would be written', async () => {
  const tenant = await cli.newTenant({ ...rules, updates: { name: 'if-empty' } })
  const crm = cli.crm()
  const { id } = await crm.addLead({ name: 'Mariana', externalId: 'rd:m4' })
  const run = await tenant.run(['preview', await fileOf({ leads: [leadOf('m4')] }), '--lang', 'en'])
  expect(run.stdout).toContain(`exists in TOTVS CRM as ${id}; would be updated`)
  expect(run.stdout).toContain('- lead.name ← name "Maria" → "Maria" · TOTVS CRM: "Mariana"')
})

test('whom a preview looks up is in the audit trail, by a keyed fingerprint', async () => {
  const tenant = await cli.newTenant(rules)
  await tenant.run(['preview', await fileOf({ leads: [leadOf('m7'), leadOf('m8')] })])
  const { fingerprint } = cli
  const records = (await createAudit(tenant.redis).read({ count: 1000 })).filter(each => each.tenant === tenant.name)
  const prints = ['m7', 'm7@cliente.example', 'm8', 'm8@cliente.example'].map(fingerprint)
  expect(records.map(({ action, persons, user }) => [action, persons, user.startsWith('cli:')])).toEqual([
    ['preview', prints.join(' '), true],
  ])
})

test.each([
  [['preview'], 2],
  [['preview', 'neither-a-file-nor-a-key'], 2],
])('%j ends with %i', async (argv, code) => {
  const tenant = await cli.newTenant()
  const run = await tenant.run(argv)
  expect({ code: run.code, stdout: run.stdout }).toEqual({ code, stdout: '' })
})

test('without TOTVS CRM the rules are shown, and the exit code is 3', async () => {
  const tenant = await cli.newTenant({ ...rules, totvsCrm: { baseUrl: 'http://127.0.0.1:9' } })
  const run = await tenant.run(['preview', await fileOf({ leads: [leadOf('m5')] }), '--lang', 'en'])
  expect(run.stdout).toContain('TOTVS CRM could not be asked')
  expect(run.stdout).toContain('? lead.customFields.origem')
  expect(run.code).toBe(3)
})
