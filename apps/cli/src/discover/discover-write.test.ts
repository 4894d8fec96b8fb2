import { readFile, writeFile } from 'node:fs/promises'
import { readTenantsFile } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { allVariables, ids, leaveOneUser, person, wholeLead } from '../testing/discover-tools.ts'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
const crm = () => cli.crm()

/** As `ponte init` leaves it, with what a person may add. */
const yamlOf = (name: string): string => `# Connections of Ponte
tenants:
  ${name}: # the first
    webhookTokens:
      rdStation: \${RD_WEBHOOK_TOKEN}
      totvsCrm: "\${CRM_WEBHOOK_TOKEN}"   # of the workflows
    rdStation: { clientId: "\${RD_ID}", clientSecret: "\${file:/run/secrets/rd}", refreshToken: later }
    totvsCrm:
      baseUrl: ${cli.url}/crm
      username: \${CRM_USER}
      password: \${CRM_PASSWORD}
      tenant: demo
      integrationPath: '/wrong' # from an old manual

    variables: # \`ponte discover\` finds them
      totvs_crm_leadsituationid: ''
      totvs_crm_leadoriginid: ''
      totvs_crm_emailtypeid: '' # of the e-mail
      totvs_crm_phonetypeid_main: ''
      totvs_crm_phonetypeid_mobile: ''
      totvs_crm_addresstypeid: ''
      totvs_crm_oportunity_stage: ''
      totvs_crm_oportunity_type: integracao rd station
      totvs_crm_pipeline: ''
      totvs_crm_default_user: ''
    # the end
    statusRd: { field: statusRD,  rounds: 2 }
`
const env = { CRM_USER: 'ponte@demo.example', CRM_PASSWORD: 'demo-password' }

async function tenantWith(yaml: (name: string) => string): Promise<SetUpTenant> {
  const tenant = await cli.newTenant()
  await writeFile(tenant.env.PONTE_CONFIG, yaml(tenant.name), { mode: 0o600 })
  return tenant
}

test('what was found is written where it belongs, everything else stays, and a second time nothing changes', async () => {
  await crm().addLead(wholeLead)
  await leaveOneUser(cli)
  const tenant = await tenantWith(yamlOf)
  const file = tenant.env.PONTE_CONFIG
  const before = await readFile(file, 'utf8')

  const looked = await tenant.run(['discover'], { env })
  expect(looked.code).toBe(0)
  expect(looked.stdout).toContain(`--write puts what was found into ${file}.`)
  expect(await readFile(file, 'utf8')).toBe(before)

  const written = await tenant.run(['discover', '--write', '--json'], { env })
  expect(written.data()).toMatchObject({ ok: true, written: true, file })
  const found = { ...allVariables, integrationPath: '/api/integration' }
  const expected = Object.entries(found).reduce(
    (text, [name, value]) => text.replace(new RegExp(`(${name}: )'[^']*'`), `$1'${value}'`),
    before,
  )
  expect(await readFile(file, 'utf8')).toBe(expected)
  const [own] = await readTenantsFile(file, env, 'en', { uses: [] })
  expect(own?.settings.variables).toEqual({ ...allVariables, totvs_crm_oportunity_type: 'integracao rd station' })

  const again = await tenant.run(['discover', '--write'], { env })
  expect(again.code).toBe(0)
  expect(again.stdout).toContain(`${file} has all of it already.`)
  expect(await readFile(file, 'utf8')).toBe(expected)
})

test('only what is certain is written; the rest stays and is named, until it can be found', async () => {
  const { phones, ...lead } = wholeLead
  await crm().addLead({ ...lead, phones: phones.slice(0, 1) })
  const tenant = await tenantWith(yamlOf)
  const { code, stdout } = await tenant.run(['discover', '--write'], { env })
  expect(code).toBe(1)
  expect(stdout).toContain("totvs_crm_default_user: '' # ! choose one\n    # - vendas@demo.example\n")
  expect(stdout).toContain('8 of 10 variables found.')
  const text = await readFile(tenant.env.PONTE_CONFIG, 'utf8')
  expect(text).toContain("      totvs_crm_default_user: ''\n")
  expect(text).toContain("      totvs_crm_phonetypeid_mobile: ''\n")
  expect(text).toContain(`      totvs_crm_phonetypeid_main: '${ids.totvs_crm_phonetypeid_main}'\n`)

  const others = await tenant.run(['status'], { env })
  expect(others.code).toBe(2)
  expect(others.stderr).toContain('variables.totvs_crm_default_user: is not known yet: `ponte discover` finds it')

  await crm().addLead(wholeLead)
  await leaveOneUser(cli)
  expect((await tenant.run(['discover', '--write'], { env })).code).toBe(0)
})

test('an id that leads have stays, although the newest lead has another one; with --lead, that lead decides', async () => {
  const kept = { ...wholeLead, leadOriginId: '20000000-0000-4000-8000-000000000002' }
  await crm().addLead({ ...kept, emails: [] })
  await crm().addLead(wholeLead)
  const tenant = await cli.newTenant({
    totvsCrm: { resources: {} },
    variables: { ...allVariables, totvs_crm_leadoriginid: kept.leadOriginId },
  })
  const run = async (...argv: string[]) => (await tenant.run(['discover', '--json', ...argv])).data().variables
  expect(await run()).toEqual({ ...allVariables, totvs_crm_leadoriginid: kept.leadOriginId })
  expect(await run('--lead', person.email)).toEqual(allVariables)
})

test('ids come from the newest lead, whatever the order of the list, and other ones are counted', async () => {
  const older = { ...wholeLead, leadOriginId: '20000000-0000-4000-8000-000000000002' }
  await cli.client.reset()
  await crm().addLead(older)
  await crm().addLead(wholeLead)
  await leaveOneUser(cli)
  const tenant = await tenantWith(yamlOf)
  const { code, stdout } = await tenant.run(['discover'], { env })
  expect(code).toBe(0)
  expect(stdout).toContain(
    `totvs_crm_leadoriginid: ${ids.totvs_crm_leadoriginid} # other ids in use: 1; --lead chooses the lead`,
  )
})

test('at a terminal, what is ambiguous is chosen at once: the pipeline, then its stage; one may be left open', async () => {
  await crm().addLead(wholeLead)
  await crm().change({
    pipelines: [
      { id: '51d1b5c2-0000-4000-8000-000000000001', description: 'Vendas' },
      { id: '51d1b5c2-0000-4000-8000-000000000003', description: 'Enterprise' },
    ],
  })
  const tenant = await tenantWith(yamlOf)
  const down = '\u001B[B'
  const { code, stdout } = await tenant.run(['discover', '--write'], {
    env: { ...env, TERM: 'xterm' },
    answers: [
      { to: 'totvs_crm_pipeline: choose one', typed: `${down}\r` },
      { to: 'totvs_crm_default_user: choose one', typed: `${down.repeat(4)}\r` },
    ],
  })
  expect(code).toBe(1)
  expect(stdout).toContain('totvs_crm_pipeline: Enterprise')
  expect(stdout).toContain('totvs_crm_oportunity_stage: Abordagem e Investigação')
  expect(stdout).toContain("totvs_crm_default_user: '' ")
  const text = await readFile(tenant.env.PONTE_CONFIG, 'utf8')
  expect(text).toContain("totvs_crm_pipeline: 'Enterprise'")
  expect(text).toContain("totvs_crm_default_user: ''")
})

test('variables that other tenants share are not changed, and a sentence says so', async () => {
  await crm().addLead(wholeLead)
  const shared = (name: string): string => {
    const yaml = yamlOf(name).replace('variables: #', 'variables: &all #')
    const other = yaml.slice(yaml.indexOf(`  ${name}:`), yaml.indexOf('    variables:'))
    return `${yaml}${other.replace(`${name}:`, 'nova:')}    variables: *all\n`
  }
  const tenant = await tenantWith(shared)
  const { code, stdout } = await tenant.run(['discover', '--write', '--tenant', tenant.name], { env })
  expect(code).toBe(2)
  // What is to be put into it by hand.
  expect(stdout).toContain(`  totvs_crm_emailtypeid: ${ids.totvs_crm_emailtypeid}\n`)
  expect(stdout).toContain('shares these settings between tenants (&name and *name); put the values into it by hand')
  expect(await readFile(tenant.env.PONTE_CONFIG, 'utf8')).toBe(shared(tenant.name))
})

test('what TOTVS CRM calls a thing cannot control a terminal, nor break the file', async () => {
  await crm().addLead(wholeLead)
  await leaveOneUser(cli)
  const description = 'Vendas\u001B[2J\n  totvs_crm_default_user: x # ${HOME}'
  await crm().change({ pipelines: [{ id: '51d1b5c2-0000-4000-8000-000000000001', description }] })
  const tenant = await tenantWith(yamlOf)
  const { code, stdout } = await tenant.run(['discover', '--write'], { env })
  expect(code).toBe(0)
  expect(stdout).not.toContain('\u001B')
  const [own] = await readTenantsFile(tenant.env.PONTE_CONFIG, { ...env, HOME: 'secret' }, 'en', { uses: [] })
  // A name with a reference would be read as the value of a variable: the id stands for it.
  expect(own?.settings.variables.totvs_crm_pipeline).toBe('51d1b5c2-0000-4000-8000-000000000001')
})

test('a reader of Portuguese is told in Portuguese', async () => {
  const tenant = await tenantWith(yamlOf)
  const { stdout } = await tenant.run(['discover', '--lang', 'pt-BR'], { env })
  expect(stdout).toContain("totvs_crm_default_user: '' # ! escolha\n")
  expect(stdout).toContain('nenhum lead lido tem celular com um tipo só dele: cadastre em um lead do TOTVS CRM')
  expect(stdout).toContain('integrationPath: /api/integration # /wrong não funciona')
})
