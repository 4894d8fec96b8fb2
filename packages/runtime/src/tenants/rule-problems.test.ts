import { updateTargets } from '@ponte/contracts'
import { describe, expect, test } from 'vitest'
import { problemsOf } from '../testing/problems-of.ts'
import { parseTenants } from './tenants.ts'

const tenant = (rules: string): string => `
tenants:
  acme:
    webhookTokens: { rdStation: ${'r'.repeat(20)}, totvsCrm: ${'c'.repeat(20)} }
    rdStation: { clientId: id, clientSecret: secret, refreshToken: token }
    totvsCrm: { username: user, password: word, tenant: acme }
    variables: { totvs_crm_default_user: vendas@acme.example }
${rules
  .split('\n')
  .map(line => `    ${line}`)
  .join('\n')}
`
const env = { HIDDEN: 'conversion.hidden', OWNER: 'not-an-address' }
const found = (rules: string, language: 'en' | 'pt-BR' = 'en'): readonly string[] =>
  problemsOf(() => parseTenants(tenant(rules), env, language)).map(line => line.replace('tenants.acme.', ''))
const field = (from: string, to = 'lead.customFields.x', more = ''): string =>
  `fields: [{ from: ${from}, to: ${to}${more} }]`

const targetForm =
  'is no target; write lead.<member>, opportunity.<member>, lead.customFields.<name> or opportunity.customFields.<name>'

describe('a place that looks like a source that Ponte knows and is none', () => {
  test.each([
    ['conversion.identifer', 'did you mean conversion.identifier?'],
    ['Conversion.Identifier', 'did you mean conversion.identifier?'],
    ['conversion_source', 'did you mean conversion.source?'],
    ['first_conversion.source', 'did you mean firstConversion.source?'],
    ['lifecycle_stage', 'did you mean lifecycleStage?'],
    ['Tags', 'did you mean tags?'],
    ['traffic.utm', 'there are: traffic.source, traffic.medium, traffic.campaign, traffic.value'],
    ['score.total', 'there are: score.fit, score.interest'],
  ])('is refused: %s', (place, hint) => {
    const problem = `"${place}" is not a source that Ponte knows; ${hint}`
    expect(found(field(place))).toEqual([`fields.0.from: ${problem}`])
    expect(found(field(`[cf_x, ${place}]`))).toEqual([`fields.0.from.1: ${problem}`])
    expect(found(`routes: [{ name: a, when: { field: { ${place}: x } }, then: { stage: B } }]`)).toEqual([
      `routes.0.when.field.${place.includes('.') ? place : place}: ${problem}`,
    ])
  })

  test.each(['cf_cnpj', 'Qual é o porte?', 'N.º de pessoas', 'tag', 'company', 'mobilePhone', 'receivedAt', 'utm.x'])(
    'any other place may be named: %s',
    place => {
      expect(parseTenants(tenant(field(`"${place}"`)), env)[0]?.settings.fields[0]?.from).toEqual([place])
    },
  )
})

test.each([
  ['leads.jobTitle', '"leads.jobTitle" is no target that TOTVS CRM is known to have; did you mean lead.jobTitle?'],
  ['jobTitle', '"jobTitle" is no target that TOTVS CRM is known to have; did you mean lead.jobTitle?'],
  [
    'customFields.cnpj',
    '"customFields.cnpj" is no target that TOTVS CRM is known to have; did you mean lead.customFields.cnpj?',
  ],
  [
    'lead.customField.a',
    '"lead.customField.a" is no target that TOTVS CRM is known to have; did you mean lead.customFields.a?',
  ],
  ['lead.jobtitle', '"lead.jobtitle" is no target that TOTVS CRM is known to have; did you mean lead.jobTitle?'],
  [
    'oportunity.totalValue',
    '"oportunity.totalValue" is no target that TOTVS CRM is known to have; did you mean opportunity.totalValue?',
  ],
  ['contact.name', `"contact.name" ${targetForm}`],
  ['lead', `"lead" ${targetForm}`],
  ['lead.', `"lead." ${targetForm}`],
  ['lead.address.city', `"lead.address.city" ${targetForm}`],
  ['lead.company', '"lead.company" is called lead.tradingName in TOTVS CRM'],
  ['lead.email', '"lead.email" is not written by a rule; use leadFields.email'],
  ['lead.phones', '"lead.phones" is not written by a rule; use leadFields.phone, leadFields.mobilePhone'],
  ['lead.customFields', '"lead.customFields" is not written by a rule; use lead.customFields.<name>'],
  ['lead.externalId', '"lead.externalId" is written by Ponte alone'],
  ['opportunity.stage', '"opportunity.stage" is not written by a rule; use routes (then.stage)'],
  ['opportunity.userId', '"opportunity.userId" is not written by a rule; use routes (then.owner)'],
  ['opportunity.status', '"opportunity.status" is written by Ponte alone'],
  [
    'opportunity.customFields.statusrd',
    '"opportunity.customFields.statusrd" is the field for failed marks (statusRd.field), which Ponte alone writes; use another one',
  ],
])('a target that no rule can write is refused with what would be right: %s', (to, problem) => {
  expect(found(field('cf_x', to))).toEqual([`fields.0.to: ${problem}`])
})

test.each([
  'lead.leadSituationId',
  'lead.segment',
  'opportunity.statusId',
  'lead.phone2',
  'lead.customFields.Tamanho da frota',
])('a member that a company’s TOTVS CRM may have is a target: %s', to => {
  expect(parseTenants(tenant(field('cf_x', to)), env)[0]?.settings.fields[0]?.to).toBe(to)
})

test('where custom fields stand among the members, none takes the place of a member', () => {
  const flat = (to: string) => tenant(field('cf_x', to)).replace('tenant: acme }', 'tenant: acme, customFields: flat }')
  expect(problemsOf(() => parseTenants(flat('lead.customFields.emails'), env))).toEqual([
    'tenants.acme.fields.0.to: "lead.customFields.emails" has the name of a member of the record, beside which custom fields stand here (totvsCrm.customFields: flat)',
  ])
  expect(() => parseTenants(flat('lead.customFields.cnpj'), env)).not.toThrow()
})

describe('how a value is written, when there is no such way, is refused with the ways that there are:', () => {
  const ways = '"text"|"digits"|"number"|"boolean"|"date"|"lower"|"upper"|"list"'
  test.each([
    ['as: digit', `as: Invalid option: expected one of ${ways}; did you mean digits?`],
    ['as: cents', `as: Invalid option: expected one of ${ways}`],
    ['as: { map: { a: b }, otherwise: skip }', 'as.otherwise: Invalid option: expected one of "leave-out"|"keep"'],
    [
      'as: { map: { a: b }, otherwise: leave-ot }',
      'as.otherwise: Invalid option: expected one of "leave-out"|"keep"; did you mean leave-out?',
    ],
    ['as: { map: { a: b }, otherwize: keep }', 'as: has no setting called otherwize; did you mean otherwise?'],
    ['as: { map: { a: [b] } }', 'as.map.a: Invalid input'],
  ])('%s', (as, problem) => {
    expect(found(field('cf_x', 'lead.customFields.x', `, ${as}`))).toEqual([`fields.0.${problem}`])
  })
})

test.each([
  ['updates: { jobtitle: always }', 'updates.jobtitle: nothing writes "jobtitle"; did you mean lead.jobTitle?'],
  [
    'updates: { lead.company: always }',
    'updates.lead.company: nothing writes "lead.company"; did you mean lead.tradingName?',
  ],
  ['updates: { mobilePhone: always }', 'updates.mobilePhone: nothing writes "mobilePhone"; did you mean lead.phones?'],
  [
    'updates: { opportunity.stage: always }',
    'updates.opportunity.stage: "opportunity.stage" belongs to an opportunity, which Ponte never updates; only leads are',
  ],
  [
    'updates: { name: always, lead.name: if-empty }',
    'updates.name: "name" stands there twice, with and without "lead."',
  ],
  [
    'updates: { customFields.y: always }',
    `updates.customFields.y: nothing writes "customFields.y"; there are: ${updateTargets.join(', ')}`,
  ],
  [
    'updates: { name: if_empty }',
    'updates.name: Invalid option: expected one of "always"|"if-empty"|"on-create"; did you mean if-empty?',
  ],
])('what an update may write is refused where nothing writes it: %s', (updates, problem) => {
  expect(found(updates)).toEqual([problem])
})

test('what an update may write is named with or without "lead.", and may be the target of a rule', () => {
  const rules = `${field('cf_x', 'lead.customFields.x')}\nupdates: { customFields.x: if-empty, lead.emails: on-create }`
  expect(parseTenants(tenant(rules), env)[0]?.settings.updates).toEqual({
    'customFields.x': 'if-empty',
    'lead.emails': 'on-create',
  })
})

test.each([
  [
    'a filter without keys',
    'filters: { skip: [{ name: a, when: {} }] }',
    'filters.skip.0.when: has no key, so that it would match every lead; say at least one',
  ],
  [
    'no places',
    'filters: { send: [{ name: a, when: { field: {} } }] }',
    'filters.send.0.when.field: names no place; name one, or leave field out',
  ],
  [
    'two filters of one name',
    'filters: { skip: [{ name: Fornecedores, when: { tag: a } }], send: [{ name: fornecedores, when: { tag: b } }] }',
    'filters.send.0.name: "fornecedores" is also the name of tenants.acme.filters.skip.0; give each its own',
  ],
  [
    'two routes of one name',
    'routes: [{ name: São Paulo, when: {}, then: { stage: A } }, { name: sao paulo, when: {}, then: { stage: B } }]',
    'routes.1.name: "sao paulo" is also the name of tenants.acme.routes.0; give each its own',
  ],
  [
    'a route that says nothing',
    'routes: [{ name: a, when: {}, then: {} }]',
    'routes.0.then: says nothing; there are: pipeline, stage, type, owner, ownerFromRdStation',
  ],
  [
    'an owner without an address',
    'routes: [{ name: a, when: {}, then: { owner: Ana } }]',
    'routes.0.then.owner: must be the e-mail address of a user of TOTVS CRM',
  ],
  [
    'one of several owners without an address',
    'routes: [{ name: a, when: {}, then: { owner: [ana@acme.example, Bia] } }]',
    'routes.0.then.owner.1: must be the e-mail address of a user of TOTVS CRM',
  ],
  [
    'a misspelled key of a condition',
    'routes: [{ name: a, when: { identifiers: x }, then: { stage: A } }]',
    'routes.0.when: has no setting called identifiers; did you mean identifier?',
  ],
  [
    'an unknown key of a condition',
    'routes: [{ name: a, when: { country: x }, then: { stage: A } }]',
    'routes.0.when: has no setting called c…(7) (of an unknown name only the beginning and the length are shown: it may be a secret at a wrong place); there are: identifier, tag, state, city, source, field',
  ],
  [
    'a misspelled key of a rule',
    'fields: [{ form: cf_x, from: cf_y, to: lead.customFields.x }]',
    'fields.0: has no setting called form; did you mean from?',
  ],
  ['a misspelled section', 'rouets: []', 'tenants.acme: has no setting called rouets; did you mean routes?'],
  [
    'an empty text in a map',
    'fields: [{ from: cf_x, to: lead.customFields.x, as: { map: { a: " " } } }]',
    'fields.0.as.map.a: Too small: expected string to have >=1 characters',
  ],
])('%s is refused', (_what, rules, problem) => {
  expect(found(rules)).toEqual([problem])
})

test.each([
  ['a target', 'fields: [{ from: cf_x, to: lead.customFields.__proto__ }]', 'fields.0.to'],
  ['a place', 'fields: [{ from: [cf_x, __proto__], to: lead.customFields.x }]', 'fields.0.from.1'],
  [
    'a value of a map',
    'fields: [{ from: cf_x, to: lead.customFields.x, as: { map: { __proto__: a, b: c } } }]',
    'fields.0.as.map.__proto__',
  ],
  [
    'a place of a condition, which would match every lead',
    'filters: { skip: [{ name: a, when: { field: { __proto__: x } } }] }',
    'filters.skip.0.when.field.__proto__',
  ],
  ['a target of an update', 'updates: { __proto__: always }', 'updates.__proto__'],
])('__proto__ cannot be %s', (_what, rules, place) => {
  expect(found(rules)).toContain(`${place}: the name __proto__ cannot be used`)
})

test('a rule holds no reference to a secret, and a name that may be a secret is not shown', () => {
  expect(found(field('"${HIDDEN}"'))).toEqual([expect.stringMatching(/^fields\.0\.from: holds \$\{…\}/)])
  const lines = found(`routes: [{ name: a, when: { s3cret-canary: x }, then: { owner: "\${OWNER}" } }]`)
  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toMatch(/canary|not-an-address/)
})

test('the name of a field that a company may extend is known, and shown', () => {
  expect(found('leadFields: { mobilePhone: 5 }')).toEqual([expect.stringMatching(/^leadFields\.mobilePhone: /)])
})

test('a long value is shown by its beginning', () => {
  const long = `conversion.${'x'.repeat(80)}`
  expect(found(field(long))[0]).toContain(`"${long.slice(0, 60)}…(91)" is not`)
})

test('a reader of Portuguese is told in Portuguese', () => {
  const rules = `fields: [{ from: conversion.identifer, to: lead.emails, as: digit }]
updates: { empresa: always }
filters: { skip: [{ name: a, when: {} }] }
routes: [{ name: a, when: { tags: x }, then: {} }, { name: a, when: {}, then: { owner: Ana } }]`
  expect(found(rules, 'pt-BR')).toEqual([
    'fields.0.from: "conversion.identifer" não é uma origem que o Ponte conhece; você quis dizer conversion.identifier?',
    'fields.0.to: "lead.emails" não é escrito por uma regra; use leadFields.email',
    expect.stringMatching(/^updates\.empresa: nada escreve "empresa"; existem: lead\.name, /),
    'filters.skip.0.when: não tem nenhuma chave e corresponderia a todos os leads; indique pelo menos uma',
    'routes.1.name: "a" também é o nome de tenants.acme.routes.0; dê a cada um o seu',
    'routes.0.then: não diz nada; existem: pipeline, stage, type, owner, ownerFromRdStation',
    expect.stringMatching(/^fields\.0\.as: .*"text"\|"digits".*; você quis dizer digits\?$/),
    'routes.0.when: não tem uma configuração chamada tags; você quis dizer tag?',
    'routes.1.then.owner: deve ser o endereço de e-mail de um usuário do TOTVS CRM',
  ])
})

test('rules that are all right are accepted', () => {
  const rules = `fields:
  - { from: [cf_cnpj, CNPJ], to: lead.customFields.cnpj, as: digits }
  - { from: conversion.identifier, to: opportunity.customFields.origem }
  - { from: cf_porte, to: lead.customFields.porte, as: { map: { "1-10": pequeno }, otherwise: keep } }
updates: { lead.name: if-empty, customFields.cnpj: on-create }
filters: { skip: [{ name: fornecedores, when: { tag: fornecedor } }] }
routes:
  - name: enterprise
    when: { identifier: ["webinar-*", lp-enterprise], state: [SP, RJ], field: { cf_porte: 11-50 } }
    then: { pipeline: Enterprise, stage: Contato, owner: [Ana@acme.example, bia@acme.example] }
  - { name: others, when: {}, then: { ownerFromRdStation: false } }`
  const [{ settings } = {}] = parseTenants(tenant(rules), env)
  expect(settings?.routes[0]?.then.owner).toEqual(['ana@acme.example', 'bia@acme.example'])
  expect(settings).toMatchObject({
    routes: [{ name: 'enterprise' }, { name: 'others', when: {} }],
    filters: { send: [], skip: [{ when: { tag: ['fornecedor'] } }] },
  })
})
