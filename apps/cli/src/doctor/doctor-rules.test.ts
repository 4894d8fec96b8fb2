import { DAY_MS } from '@ponte/contracts'
import { createDoctorResults, stateKey } from '@ponte/state'
import type { TenantOverrides } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()
const crm = () => cli.crm()

interface Finding {
  readonly check: string
  readonly status: string
  readonly problem?: string
  readonly warning?: string
  readonly note?: string
  readonly what: string
  readonly remedy?: string
}

type Rules = Pick<TenantOverrides, 'fields' | 'filters' | 'routes' | 'totvsCrm' | 'variables'>
type Uses = Readonly<Record<string, string>>

/** What `doctor` says of a tenant with these rules, apart from what is in order. `uses`: what the workers recorded. */
async function findingsOf(rules: Rules, { uses, language }: { uses?: Uses; language?: string } = {}) {
  const tenant = await cli.newTenant(rules)
  const key = stateKey(tenant.name, 'rule-use')
  if (uses !== undefined) await tenant.redis.hset(key, uses)
  const env = language === undefined ? {} : { LC_ALL: language }
  const { code, data, stdout, stderr } = await tenant.run(['doctor', '--json'], { env })
  const all: readonly Finding[] = data().findings
  const found = all.filter(isOfInterest)
  const codes = found.map(({ check, problem, warning, note }) => `${check} ${problem ?? warning ?? note}`)
  return { code, all, found, codes, output: stdout + stderr }
}

const daysAgo = (days: number): number => Math.floor(Date.now() / DAY_MS) - days
const isoDay = (days: number): string => new Date(daysAgo(days) * DAY_MS).toISOString().slice(0, 10)
/** As `record-rule-use.lua` writes it. */
/** No process is running here. */
const isOfInterest = ({ check, status }: Finding): boolean => status !== 'ok' && check !== 'credentials-in-use'

const use = (since: number, last?: number): string => `${daysAgo(since)}:${last === undefined ? '' : daysAgo(last)}`

/** Each rule was used today. */
const allUsed = (...members: readonly string[]): Uses =>
  Object.fromEntries(['lead', ...members].map(member => [member, use(90, 0)]))

type Then = NonNullable<NonNullable<TenantOverrides['routes']>[number]>['then']
// oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
const route = (name: string, then: Then, when = {}) => ({ name, when: { tag: name, ...when }, then })
const usedRoutes = (...names: readonly string[]): Uses => allUsed('place:tags', ...names.map(name => `routes:${name}`))

test('rules that TOTVS CRM and the leads bear out are in order, check by check, and a tenant without rules has no such check', async () => {
  await crm().change({ settings: { opportunityFields: ['statusRD', 'Origem'] } })
  const { code, all, codes } = await findingsOf(
    {
      fields: [
        { from: 'conversion.identifier', to: 'opportunity.customFields.origem' },
        { from: 'cf_total', to: 'opportunity.totalValue', as: 'number' },
        { from: 'cf_site', to: 'lead.website' },
      ],
      routes: [
        route('direct', { pipeline: 'vendas diretas', stage: 'Prospecção', type: 'Venda nova' }),
        route('vip', { stage: 'Proposta', owner: ['ana.vendedora@demo.example', 'vendas@demo.example'] }),
      ],
    },
    {
      uses: allUsed(
        ...['place:tags', 'place:conversion.identifier', 'place:cf_total', 'place:cf_site', 'routes:direct'],
        ...['routes:vip', 'fields:opportunity.customFields.origem', 'fields:opportunity.totalValue'],
        'fields:lead.website',
      ),
    },
  )
  expect(codes).toEqual([])
  expect(code).toBe(0)
  const names = ['crm-routes', 'crm-route-owners', 'crm-rule-fields', 'rule-order', 'rule-places', 'rule-matches']
  expect(all.filter(({ check }) => names.includes(check)).map(({ check }) => check)).toEqual(names)
  const without = await findingsOf({})
  expect(without.all.filter(({ check }) => names.includes(check))).toEqual([])
})

test('every pipeline, stage and type of a route that is missing is named, also where the stage is in another pipeline', async () => {
  const { code, found, codes } = await findingsOf(
    {
      routes: [
        route('gone', { pipeline: 'Franquias', stage: 'Prospecção', type: 'Indicação' }),
        route('elsewhere', { pipeline: 'Vendas diretas', stage: 'Proposta' }),
        route('pipeline only', { pipeline: 'Vendas diretas' }),
      ],
    },
    { uses: usedRoutes('gone', 'elsewhere', 'pipeline only') },
  )
  expect(codes).toEqual(Array.from({ length: 4 }, () => 'crm-routes ROUTE_NOT_POSSIBLE'))
  expect(code).toBe(1)
  const named = found.map(({ what }) => /\((.*)\)/.exec(what)?.[1])
  expect(named).toEqual([
    'route=gone, pipeline=Franquias',
    'route=gone, type=Indicação',
    'route=elsewhere, stage=Proposta',
    'route=pipeline only, stage=Abordagem e Investigação',
  ])
})

test('a route that leaves the type to a variable that is wrong is looked at when that is corrected', async () => {
  const { codes } = await findingsOf(
    { routes: [route('vip', { stage: 'Proposta' })], variables: { totvs_crm_oportunity_type: 'Indicação' } },
    { uses: usedRoutes('vip') },
  )
  expect(codes).toEqual(['crm-opportunity-type CRM_CATALOG_ENTRY_NOT_FOUND', 'crm-routes AFTER_OTHER_PROBLEM'])
})

test('each owner who cannot have leads is named by its place in the list, never by its whole address', async () => {
  const owner = [
    ...['ana.vendedora@demo.example', 'ninguem@demo.example', 'inativo@demo.example', 'sem-papel@demo.example'],
  ]
  const { code, found, codes, output } = await findingsOf(
    { routes: [route('vip', { owner })] },
    { uses: usedRoutes('vip') },
  )
  expect(codes).toEqual([
    'crm-route-owners ROUTE_OWNER_NOT_FOUND',
    'crm-route-owners ROUTE_OWNER_INACTIVE',
    'crm-route-owners ROUTE_OWNER_WITHOUT_ROLE',
  ])
  expect(code).toBe(1)
  expect(found[0]?.what).toContain('n***@demo.example, owner 2 of the route "vip"')
  for (const address of owner) expect(output).not.toContain(address)
})

const usedFields = (...targets: readonly string[]): Uses =>
  allUsed('place:cf_origem', ...targets.map(target => `fields:${target}`))

test.each(['map', 'list', 'flat'] as const)(
  'a field that no record has is a warning with the name that is like it, where custom fields have the form %s',
  async form => {
    await crm().change({ settings: { opportunityFields: ['statusRD', 'origemDoLead'], customFieldForm: form } })
    const targets = ['opportunity.customFields.origem_do_lead', 'opportunity.customFields.xyz', 'opportunity.segmento']
    const { code, found, codes } = await findingsOf(
      { totvsCrm: { customFields: form }, fields: targets.map(to => ({ from: 'cf_origem', to })) },
      { uses: usedFields(...targets) },
    )
    expect(codes).toEqual([
      'crm-rule-fields CUSTOM_FIELD_NOT_SEEN',
      'crm-rule-fields CUSTOM_FIELD_NOT_SEEN',
      'crm-rule-fields MEMBER_NOT_SEEN',
    ])
    expect(found[0]?.what).toContain('opportunity.customFields.origem_do_lead. They have "origemDoLead".')
    expect(found[1]?.what).toMatch(/opportunity\.customFields\.xyz\.$/)
    expect(found[2]?.what).toMatch(/opportunity\.segmento\.$/)
    expect(found.every(({ remedy }) => remedy?.includes('Correct the name'))).toBe(true)
    expect(code).toBe(0)
  },
)

test('leads are asked for the fields of leads', async () => {
  await crm().change({ settings: { leadFields: ['cnpj'] } })
  const targets = ['lead.customFields.CNPJ', 'lead.customFields.cnpj_empresa', 'lead.segmento']
  const fields = targets.map(to => ({ from: 'cf_origem', to }))
  const { found, codes } = await findingsOf({ fields }, { uses: usedFields(...targets) })
  expect(codes).toEqual(['crm-rule-fields CUSTOM_FIELD_NOT_SEEN', 'crm-rule-fields MEMBER_NOT_SEEN'])
  expect(found[0]?.what).toContain('lead.customFields.cnpj_empresa. They have "cnpj".')
})

test('nothing is known of custom fields where no record shows one, nor of any field where there is no record', async () => {
  const to = 'lead.customFields.cnpj'
  const uses = usedFields(to, 'opportunity.segment')
  const fields = [{ from: 'cf_origem', to }]
  expect((await findingsOf({ fields }, { uses })).codes).toEqual(['crm-rule-fields CUSTOM_FIELDS_NOT_SHOWN'])
  await cli.client.reset()
  const others = [...fields, { from: 'cf_origem', to: 'opportunity.segment' }]
  const empty = await findingsOf({ fields: others }, { uses })
  expect(empty.codes.filter(code => code.startsWith('crm-rule-fields'))).toEqual([
    'crm-rule-fields NO_RECORD_SHOWN',
    'crm-rule-fields NO_RECORD_SHOWN',
  ])
})

test('a route that an earlier one hides is a warning that names both', async () => {
  const { code, found, codes } = await findingsOf(
    {
      routes: [
        route('wide', { type: 'Venda nova' }),
        route('narrow', { stage: 'Proposta' }, { tag: ['WIDE'], state: 'SP' }),
      ],
    },
    { uses: allUsed('place:tags', 'place:state', 'routes:wide', 'routes:narrow') },
  )
  expect(codes).toEqual(['rule-order RULE_HIDDEN'])
  expect(found[0]?.what).toContain('"narrow" in routes never applies: "wide" in routes comes first')
  expect(code).toBe(0)
})

const watched: Rules = {
  filters: { skip: [{ name: 'suppliers', when: { tag: 'supplier' } }] },
  routes: [route('big', { type: 'Venda nova' }, { tag: 'big', field: { cf_porte: '100*' } })],
}

test.each([
  {
    language: 'en_US.UTF-8',
    words: [/No lead of the last 30 days had a value at: cf_porte\. Ponte has watched since /],
  },
  {
    language: 'pt_BR.UTF-8',
    words: [/Nenhum lead dos últimos 30 dias tinha valor em: cf_porte\. O Ponte observa desde /],
  },
])(
  'what no lead of 30 days had or matched is a warning that says since when Ponte has watched ($language)',
  async ({ language, words }) => {
    const uses = {
      lead: use(90, 1),
      'place:tags': use(90, 28),
      'filters.skip:suppliers': use(90, 31),
      'place:cf_porte': use(40),
      'routes:big': use(30),
    }
    const { code, found, codes } = await findingsOf(watched, { uses, language })
    expect(codes).toEqual(['rule-places PLACES_WITHOUT_VALUE', 'rule-matches RULES_WITHOUT_MATCH'])
    expect(found[0]?.what).toMatch(words[0] ?? '')
    expect(found[0]?.what).toContain(isoDay(90))
    expect(found[1]?.what).toContain('filters.skip "suppliers", routes "big"')
    expect(code).toBe(0)
  },
)

test('what is watched for less than 30 days is no warning yet, and says since when', async () => {
  const uses = {
    lead: use(90, 1),
    'place:tags': use(90, 0),
    'filters.skip:suppliers': use(28),
    'place:cf_porte': use(3),
  }
  const { found, codes } = await findingsOf(watched, { uses })
  expect(codes).toEqual(['rule-places WATCHED_SHORTLY', 'rule-matches WATCHED_SHORTLY'])
  expect(found[0]?.what).toContain(`cf_porte (${isoDay(3)})`)
  expect(found[1]?.what).toMatch(/routes "big"$/)
})

test.each([
  { leads: 'no lead', uses: {} },
  { leads: 'no lead for 31 days', uses: { lead: use(90, 31), 'place:cf_porte': use(90) } },
])('after $leads nothing is said of places and rules', async ({ uses }) => {
  const { code, codes } = await findingsOf(watched, Object.keys(uses).length === 0 ? {} : { uses })
  expect(codes).toEqual(['rule-places NO_LEAD_WATCHED', 'rule-matches NO_LEAD_WATCHED'])
  expect(code).toBe(0)
})

test('a record that cannot be read ends neither doctor nor the other checks', async () => {
  const tenant = await cli.newTenant(watched)
  await tenant.redis.set(stateKey(tenant.name, 'rule-use'), 'something else')
  const { code, data } = await tenant.run(['doctor', '--json'])
  const notes = data().findings.filter(isOfInterest)
  expect(notes.map(({ check, note }: Finding) => `${check} ${note}`)).toEqual([
    'rule-places CHECK_BROKE',
    'rule-matches CHECK_BROKE',
  ])
  expect(code).toBe(0)
  // The checklist of the board does not take what broke for checked.
  expect((await createDoctorResults(tenant.redis).read(tenant.name))?.problems).toEqual([
    { check: 'rule-places', problem: 'CHECK_BROKE' },
    { check: 'rule-matches', problem: 'CHECK_BROKE' },
  ])
})

test('where the login fails or Redis does not answer, the checks of the rules are skipped', async () => {
  const rules: Rules = { ...watched, fields: [{ from: 'cf_porte', to: 'lead.customFields.porte' }] }
  const tenant = await cli.newTenant({ ...rules, totvsCrm: { password: 'yesterday' } })
  const { data } = await tenant.run(['doctor', '--json'], { env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  const skipped = data().findings.filter(({ status }: Finding) => status === 'skipped')
  expect(skipped.map(({ check }: Finding) => check)).toEqual(
    expect.arrayContaining(['crm-rule-fields', 'rule-places', 'rule-matches']),
  )
  expect(skipped.map(({ check }: Finding) => check)).not.toContain('crm-route-owners')
})

test('a person sees a warning with its code, and how many there are', async () => {
  const tenant = await cli.newTenant({
    routes: [route('wide', { type: 'Venda nova' }), route('narrow', { stage: 'Proposta' }, { tag: 'wide' })],
  })
  const { stdout } = await tenant.run(['doctor'])
  expect(stdout).toContain('! rule-order: RULE_HIDDEN: "narrow" in routes never applies')
  expect(stdout).toContain('→ Move "narrow" up')
  expect(stdout).toMatch(/\d+ checks: no problem, 1 warning, 2 not verified, 1 skipped\n/)
})
