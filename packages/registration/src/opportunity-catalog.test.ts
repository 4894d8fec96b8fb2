import { type CrmCatalogEntry, crmCatalogEntry } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { testRoute } from './testing/test-route.ts'
import { testSettings } from './testing/test-settings.ts'
import { type CatalogDeps, findOpportunityCatalog, findOwnTypeIds } from './opportunity-catalog.ts'

type Catalogs = Record<'pipeline' | 'stage' | 'opportunityType', CrmCatalogEntry[]>

const entry = (id: string, description: string, more: object = {}): CrmCatalogEntry =>
  crmCatalogEntry.parse({ id, description, ...more })

const variables = {
  totvs_crm_default_user: 'vendas@acme.example',
  totvs_crm_pipeline: 'Vendas',
  totvs_crm_oportunity_stage: 'Abordagem',
  totvs_crm_oportunity_type: 'Integração',
}

/** A TOTVS CRM that has each entry once. */
const complete = (): Catalogs => ({
  pipeline: [entry('p1', 'Vendas'), entry('p2', 'Pós-venda')],
  stage: [entry('s1', 'Abordagem', { pipelineId: 'p1' }), entry('s2', 'Abordagem', { pipelineId: 'p2' })],
  opportunityType: [entry('t1', 'Integração')],
})

function depsOf(catalogs: Catalogs, settings: object = {}): CatalogDeps & { readonly listed: string[] } {
  const listed: string[] = []
  return {
    listed,
    tenant: { settings: testSettings({ variables, ...settings }) },
    catalogs: new Map(),
    crm: {
      listCatalog: name => {
        listed.push(name)
        return Promise.resolve(catalogs[name])
      },
    },
  }
}

test('of several stages with one description the one of the pipeline counts', async () => {
  const found = await findOpportunityCatalog(depsOf(complete()))
  expect(found).toEqual({ pipelineId: 'p1', stageId: 's1', opportunityTypeId: 't1' })
})

const cases = [
  ['pipeline', 'totvs_crm_pipeline', [entry('p3', 'Vendas')]],
  ['stage', 'totvs_crm_oportunity_stage', [entry('s3', 'Abordagem', { pipelineId: 'p1' })]],
  ['opportunityType', 'totvs_crm_oportunity_type', [entry('t3', 'integracao'), entry('t4', 'INTEGRACAO')]],
] as const

test.each(cases)(
  'a %s that TOTVS CRM does not have fails the lead, and the failure names %s',
  async (name, variable) => {
    const failing = findOpportunityCatalog(depsOf({ ...complete(), [name]: [entry('x', 'Outra')] }))
    await expect(failing).rejects.toMatchObject({
      name: 'PermanentFailure',
      code: 'CRM_CATALOG_ENTRY_NOT_FOUND',
      message: expect.stringContaining(`variable=${variable}`),
    })
  },
)

test.each(cases)('a %s that may be several fails the lead, and the failure names %s', async (name, variable, more) => {
  const catalogs = complete()
  const own = name === 'opportunityType' ? [] : catalogs[name]
  const failing = findOpportunityCatalog(depsOf({ ...catalogs, [name]: [...own, ...more] }))
  await expect(failing).rejects.toMatchObject({
    name: 'PermanentFailure',
    code: 'CRM_CATALOG_ENTRY_AMBIGUOUS',
    message: expect.stringContaining(`variable=${variable}`),
  })
})

test('an entry that was not found is looked up again for the next lead, and one that was found is not', async () => {
  const catalogs = complete()
  const types = catalogs.opportunityType
  const deps = depsOf({ ...catalogs, opportunityType: types })
  const [type] = types.splice(0)
  await expect(findOpportunityCatalog(deps)).rejects.toThrow('CRM_CATALOG_ENTRY_NOT_FOUND')
  if (type !== undefined) types.push(type)
  await findOpportunityCatalog(deps)
  await findOpportunityCatalog(deps)
  expect(deps.listed).toEqual(['pipeline', 'stage', 'opportunityType', 'opportunityType'])
})

test('a route goes before the variables, and its stage is looked for in its pipeline', async () => {
  const route = testRoute({ pipeline: 'pos-venda', stage: 'Abordagem', type: 'Enterprise' })
  const catalogs = { ...complete(), opportunityType: [entry('t1', 'Integração'), entry('t2', 'Enterprise')] }
  const found = await findOpportunityCatalog(depsOf(catalogs), route)
  expect(found).toEqual({ pipelineId: 'p2', stageId: 's2', opportunityTypeId: 't2' })
})

test('a route that names a pipeline alone takes the stage of the variables there', async () => {
  const found = await findOpportunityCatalog(depsOf(complete()), testRoute({ pipeline: 'p2' }))
  expect(found).toEqual({ pipelineId: 'p2', stageId: 's2', opportunityTypeId: 't1' })
})

test.each([
  ['a pipeline that is gone', { pipeline: 'Enterprise' }, 'pipeline'],
  ['a stage that is gone', { stage: 'Contato' }, 'stage'],
  ['a stage of another pipeline', { pipeline: 'Vendas', stage: 's2' }, 'stage'],
  ['a pipeline without the stage of the variables', { pipeline: 'Vazio' }, 'stage'],
  ['a type that is gone', { type: 'Enterprise' }, 'type'],
])('%s fails the lead, and the failure names the route and what is wrong', async (_what, then, problem) => {
  const catalogs = { ...complete(), pipeline: [...complete().pipeline, entry('p3', 'Vazio')] }
  await expect(findOpportunityCatalog(depsOf(catalogs), testRoute(then))).rejects.toMatchObject({
    name: 'PermanentFailure',
    code: 'ROUTE_NOT_POSSIBLE',
    context: { route: 'enterprise', problem },
  })
})

test('a stage that says nothing of its pipeline is taken for one of the route', async () => {
  const catalogs = { ...complete(), stage: [entry('s1', 'Abordagem')] }
  expect(await findOpportunityCatalog(depsOf(catalogs), testRoute({ pipeline: 'p2' }))).toMatchObject({ stageId: 's1' })
})

test("an opportunity is Ponte's by the type of the variables and of every route that TOTVS CRM has", async () => {
  const routes = ['Enterprise', 'Gone'].map(type => testRoute({ type }, type))
  const catalogs = { ...complete(), opportunityType: [entry('t1', 'Integração'), entry('t2', 'Enterprise')] }
  expect(await findOwnTypeIds(depsOf(catalogs, { routes }))).toEqual(['t1', 't2'])
})

test('an entry that a kept list lacks, because it was named otherwise then, is looked up again', async () => {
  const catalogs = complete()
  const deps = depsOf(catalogs)
  await findOpportunityCatalog(deps)
  const route = testRoute({ pipeline: 'Enterprise', stage: 's2' })
  await expect(findOpportunityCatalog(deps, route)).rejects.toThrow('ROUTE_NOT_POSSIBLE')
  catalogs.pipeline.splice(1, 1, entry('p2', 'Enterprise'))
  expect(await findOpportunityCatalog(deps, route)).toMatchObject({ pipelineId: 'p2', stageId: 's2' })
})

test('several entries of the name that a route gives fail the lead, and the failure names the route', async () => {
  const catalogs = { ...complete(), pipeline: [...complete().pipeline, entry('p3', 'Pós-venda')] }
  const failing = findOpportunityCatalog(depsOf(catalogs), testRoute({ pipeline: 'Pós-venda' }))
  await expect(failing).rejects.toMatchObject({
    code: 'ROUTE_NOT_POSSIBLE',
    context: { route: 'enterprise', problem: 'pipeline' },
  })
})
