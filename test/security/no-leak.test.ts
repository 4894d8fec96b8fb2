import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openMailSink, openWebhookSink } from '../support/servers/alert-sinks.ts'
import { type OwnCompany, patience, startCompany } from '../support/company.ts'
import { failedJobs, isQuiet } from '../support/jobs.ts'
import { openOtlpSink } from '../support/servers/otlp-sink.ts'

const mark = randomBytes(3).toString('hex')

/** What belongs to a person. Each is a text that nothing else in a run contains. */
const person = {
  email: `canario.${mark}@pessoal-${mark}.example`,
  otherEmail: `segundo.${mark}@pessoal-${mark}.example`,
  ruledEmail: `terceiro.${mark}@pessoal-${mark}.example`,
  mobile: '+55 11 98765-4321',
  phone: '(11) 3344-5566',
  name: `Canária Sobrenome${mark}`,
  company: `Padaria${mark} Ltda`,
  city: `Cidade${mark}`,
  answer: `Resposta${mark} livre`,
  ruleAnswer: `Carregada${mark} pela regra`,
  /** Without a digit, so that it fits no rule for digits. */
  misfit: `Semalgarismos${mark.replaceAll(/\d/g, digit => 'ghijklmnop'.charAt(Number(digit)))}`,
  longAnswer: `Alongada${mark} ${'longa '.repeat(60)}fim`,
  lossReason: `Motivo${mark}`,
}

const secrets = {
  secretKey: randomBytes(32).toString('base64'),
  wrongToken: `token-errado-${randomBytes(9).toString('hex')}`,
}

interface Login {
  readonly user: string
  readonly password: string
}
const viewer: Login = { user: 'visitante', password: `somente-leitura-${mark}` }
const basicOf = ({ user, password }: Login): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

let webhook: Awaited<ReturnType<typeof openWebhookSink>>
let mail: Awaited<ReturnType<typeof openMailSink>>
let traces: Awaited<ReturnType<typeof openOtlpSink>>
let company: OwnCompany
const lead = (uuid: string, email: string) => ({
  uuid,
  email,
  name: person.name,
  personal_phone: person.phone,
  mobile_phone: person.mobile,
  company: person.company,
  city: person.city,
  custom_fields: {
    Pergunta: person.answer,
    'Pergunta da regra': person.ruleAnswer,
    Documento: person.misfit,
    Detalhes: person.longAnswer,
  },
})

/** The person goes every way that there is: arrives, is refused, is unreadable, is marked, fails, waits through an outage. */
async function playEverything(): Promise<void> {
  const { rd, crm, sandbox, ponte } = company
  const contact = await company.convert({
    name: person.name,
    email: person.email,
    personal_phone: person.phone,
    mobile_phone: person.mobile,
  })
  await company.deliver(contact, 'v1')
  await company.deliver(contact, 'v2')
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  const [opportunity] = await company.opportunitiesOf(contact)
  if (opportunity === undefined) throw new Error('the opportunity has gone')

  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await rd.expireTokens()
  await crm.expireSessions()
  await crm.lose(opportunity.id, person.lossReason)
  await company.announce('lost', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])

  // Rules carry two of the answers, and leave one out.
  await company.deliverBody({ leads: [lead(crypto.randomUUID(), person.ruledEmail)] })
  const carried = async () => JSON.stringify([await company.leads(), (await crm.state()).opportunities])
  await expect.poll(carried, patience).toContain(`Alongada${mark}`)
  expect(await carried()).toContain(person.ruleAnswer)

  // Unreadable, in several ways, and refused at the door.
  await company.deliverBody({
    leads: [{ ...lead(crypto.randomUUID(), 'sem-arroba'), personal_phone: '', mobile_phone: '' }],
  })
  await company.deliverBody({ pessoa: lead(crypto.randomUUID(), person.email) })
  const refused = `${ponte.tenant.rdStationUrl}?token=${secrets.wrongToken}&email=${encodeURIComponent(person.email)}`
  const answer = await fetch(refused, { method: 'POST', headers: { apiToken: secrets.wrongToken }, body: person.email })
  expect(answer.status).toBe(401)
  const broken = `{"leads":[{"email":"${person.email}","name":"${person.name}`
  await fetch(`${ponte.tenant.rdStationUrl}?token=${ponte.tenant.tokens.rdStation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: broken,
  })

  // What came before has ended: the refusal is of this event alone.
  await expect.poll(() => isQuiet(ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
  // Refused by the CRM, in words that repeat what was sent; then the CRM is down, and the account is cut off.
  const echo = { code: 'E1', message: `${person.otherEmail} ${person.name} ${person.mobile} já existe` }
  const fault = {
    system: 'totvs-crm',
    match: { path: '/crm/api/integration', method: 'POST' },
    times: 'forever',
  } as const
  const { id: refusal } = await sandbox.addFault({ ...fault, kind: 'status', status: 400, body: echo })
  await company.deliverBody({ leads: [lead(crypto.randomUUID(), person.otherEmail)] })
  await expect.poll(async () => (await failedJobs(ponte.tenant.name, 'totvs-crm')).length, patience).toBe(1)
  await sandbox.clearFaults(refusal)
  const outage = {
    system: 'totvs-crm',
    match: { path: '/crm' },
    kind: 'status',
    status: 503,
    times: 'forever',
  } as const
  await sandbox.addFault({ ...outage, body: echo })
  for (let index = 0; index < 5; index += 1)
    await company.deliverBody({ leads: [lead(crypto.randomUUID(), person.email)] })
  await expect.poll(() => webhook.texts().join('\n'), patience).toContain('está fora do ar')
  await sandbox.clearFaults()
  await expect.poll(() => webhook.texts().join('\n'), patience).toContain('terminou')
  await rd.revokeTokens()
  await crm.win(opportunity.id, 1234)
  await company.announce('won', opportunity.id)
  await expect.poll(() => webhook.texts().join('\n'), patience).toContain('RD_TOKEN_REVOKED')
  await rd.change({ refreshToken: 'demo-refresh' })
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST', 'SALE'])
  await expect.poll(() => isQuiet(ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
}

/**
 * An operator and a viewer look at everything, the failed jobs with their data included. Gives what they saw: all of it but the
 * form and the preview of an edit, which show an operator whom the event is about.
 */
async function visitTheBoard(): Promise<string> {
  const { board, tenant } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const seen: string[] = []
  const ask = async (path: string, { as, fields }: { as: Login; fields?: Record<string, string> }): Promise<string> => {
    const response = await fetch(board.url + path, {
      headers: { authorization: basicOf(as), accept: 'text/html', 'accept-language': 'pt-BR' },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    })
    expect([path, [200, 403].includes(response.status)]).toEqual([path, true])
    const text = await response.text()
    if (as === viewer || !/\/(?:edit|preview)$/.test(path)) seen.push(`${response.url} ${text}`)
    return text
  }
  const { name } = tenant
  const [job] = await failedJobs(name, 'totvs-crm')
  const edit = `/jobs/${name}/totvs-crm/${job?.id}`
  for (const as of [board, viewer]) {
    const api = `/queues/api/queues?activeQueue=${name}`
    for (const path of [
      '/',
      '/waiting',
      '/audit',
      '/search',
      `${api}.totvs-crm&status=failed`,
      `${api}.quarantine&status=failed`,
    ])
      await ask(path, { as })
    const causes = await ask('/failures', { as })
    const lists = [...causes.matchAll(/href="(\/failures\/[^"]+)"/g)].flatMap(([, path]) => path ?? [])
    expect(lists).toContain(`/failures/${name}/totvs-crm/CRM_REJECTED`)
    for (const list of lists) {
      const [, event = ''] = /href="(\/events\/[^"]+)"/.exec(await ask(list, { as })) ?? []
      await ask(event.replaceAll('&amp;', '&'), { as })
    }
    // A viewer finds nobody by a person.
    for (const q of [person.email, person.otherEmail, person.mobile])
      expect((await ask('/search', { as, fields: { q } })).includes(name)).toBe(as === board)
    await ask(`${edit}/edit`, { as })
    await ask(`${edit}/preview`, { as, fields: { email: person.otherEmail, name: person.name, city: 'Outra' } })
  }
  for (const login of [board, { user: person.email, password: secrets.wrongToken }])
    await (await fetch(`${board.url}/?q=${person.email}`, { headers: { authorization: basicOf(login) } })).text()
  return seen.join('\n')
}

async function readMetrics(): Promise<string> {
  const { ingressOpsUrl, workers, board } = company.ponte
  const addresses = [ingressOpsUrl, ...workers.map(({ opsUrl }) => opsUrl), board?.opsUrl ?? '']
  const pages = await Promise.all(addresses.map(async url => await (await fetch(`${url}/metrics`)).text()))
  return pages.join('\n')
}

/** Every way to write a text that somebody could find it by. */
function spellings(text: string): string[] {
  const digits = text.replaceAll(/\D/g, '')
  const escaped = JSON.stringify(text).slice(1, -1)
  const words = text.split(/\s+/).filter(word => word.length > 8)
  const isPhone = /^[+(]/.test(text) && digits.length >= 10
  return [
    text,
    escaped,
    encodeURIComponent(text),
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
    ...(isPhone ? [digits, digits.slice(-8)] : words),
  ].map(spelling => spelling.toLowerCase())
}

const leaksOf = (text: string, canaries: Readonly<Record<string, string>>): string[] => {
  const lower = text.toLowerCase()
  return Object.entries(canaries).flatMap(([name, value]) =>
    spellings(value).some(spelling => lower.includes(spelling)) ? [name] : [],
  )
}

// The whole run of all tests is scanned in the same way, always: `scripts/scan-run.ts`.
describe.runIf(inject('isLongRun'))('a company to which everything happens', () => {
  beforeAll(async () => {
    webhook = await openWebhookSink()
    mail = await openMailSink()
    traces = await openOtlpSink()
    company = await startCompany({
      workers: 2,
      board: true,
      workflows: false,
      before: async sandbox => {
        const settings = { leadFields: ['resposta', 'documento'], opportunityFields: ['statusRD', 'detalhes'] }
        await sandbox.crm().change({ settings })
      },
      tenant: {
        fields: [
          { name: 'resposta', from: 'Pergunta da regra', to: 'lead.customFields.resposta' },
          { name: 'documento', from: 'Documento', to: 'lead.customFields.documento', as: 'digits' },
          { name: 'detalhes', from: 'Detalhes', to: 'opportunity.customFields.detalhes' },
        ],
        filters: { skip: [{ name: 'fora', when: { field: { 'Pergunta da regra': 'nada disso' } } }] },
      },
      env: {
        LOG_LEVEL: 'trace',
        BOARD_VIEWER_USER: viewer.user,
        BOARD_VIEWER_PASSWORD: viewer.password,
        PONTE_SECRET_KEY: secrets.secretKey,
        OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
        ALERT_WEBHOOK_URL: webhook.url,
        ALERT_SMTP_URL: mail.url,
        ALERT_EMAIL_TO: `plantao-${mark}@empresa.example`,
        ALERT_EMAIL_FROM: 'ponte@empresa.example',
        ALERT_BREAKER_MINUTES: '0.01',
        ALERT_FAILURES: '1',
        ALERT_WINDOW_MINUTES: '0.2',
        ALERT_CHECK_SECONDS: '0.2',
      },
    })
  })
  afterAll(async () => {
    await company.stop()
    await Promise.all([webhook.close(), mail.close(), traces.close()])
  })

  test('no e-mail, phone, name, token or secret of a whole run is in any log line, metric, trace, alert or page of the board', async () => {
    await playEverything()
    const pages = await visitTheBoard()
    // A city tells where, not who, and why sales are lost is counted: the pages show both.
    const { city: _city, lossReason: _reason, ...identity } = person
    expect(leaksOf(pages, { ...identity, ...secrets })).toEqual([])
    const { ponte } = company
    const metrics = await readMetrics()
    await expect.poll(() => mail.messages().length, patience).toBeGreaterThanOrEqual(4)
    await company.ponte.stop()

    const logs = [ponte.ingress, ...ponte.workers, ponte.board].map(running => running?.output() ?? '').join('\n')
    const alerts = [...webhook.bodies(), ...mail.messages().flatMap(({ subject, text }) => [subject, text])].join('\n')
    const collected = { logs, metrics, traces: traces.bodies().join('\n'), alerts }
    // Each has something to be scanned.
    expect(logs).toContain('delivery quarantined')
    expect(metrics).toContain('ponte_jobs_total{')
    expect(collected.traces).toContain('CRM_REJECTED')
    expect(alerts).toContain('RD_TOKEN_REVOKED')

    const canaries = {
      ...person,
      ...secrets,
      rdWebhookToken: ponte.tenant.tokens.rdStation,
      crmWebhookToken: ponte.tenant.tokens.totvsCrm,
      boardPassword: ponte.board?.password ?? '',
      viewerPassword: viewer.password,
      rdClientSecret: 'demo-secret',
      rdRefreshToken: 'demo-refresh',
      sandboxPassword: 'demo-password',
      alertAddress: webhook.url,
      alertReader: `plantao-${mark}@empresa.example`,
      sessionCookie: 'jsessionid',
      bearer: 'bearer ',
    }
    for (const [place, text] of Object.entries(collected)) expect([place, leaksOf(text, canaries)]).toEqual([place, []])
  })
})

test('the scan finds what it looks for, however it is written', () => {
  for (const [name, value] of Object.entries(person)) {
    for (const text of [value, JSON.stringify(value), encodeURIComponent(value), value.toUpperCase()])
      expect(leaksOf(`{"x":"${text}"}`, { [name]: value })).toEqual([name])
  }
  expect(leaksOf('5511987654321', { mobile: person.mobile })).toEqual(['mobile'])
  expect(leaksOf(`value ${Buffer.from(person.email).toString('base64')}`, person)).toEqual(['email'])
})
