import { failureMessage } from '@ponte/contracts'
import { type TimelineEntry, createTimelines } from '@ponte/state'
import { beforeAll, expect, test } from 'vitest'
import { basicOf, viewer } from '../testing/open-board.ts'
import { receivedAt, rejected } from '../testing/operate.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, fail, visit, send } = useBoard({ isShared: true })
const as = basicOf(viewer)

/** The planted words. They stand nowhere else, and are spelled in every way in which they could come out. */
const planted =
  /zeferin|quitéria|quiteria|soropositiv|98123[- ]?7766|(?<![\da-f])98123(?![\da-f])|77665|1234567890|529\.?982\.?247|bairro das flores/i

const rd = (body: unknown) => ({ source: 'rd-station', body: JSON.stringify(body) })
const crm = (body: unknown) => ({ source: 'totvs-crm', body: JSON.stringify(body) })

/** Bodies that a form, a relay or an attacker could send. */
const bodies: Readonly<Record<string, { source: string; body: string; form?: boolean; encoding?: string }>> = {
  'custom fields with names of fields that are shown': rd({
    leads: [{ custom_fields: { Estado: 'soropositiva', id: 'Zeferina Quitéria', city: 'Zeferina', uuid: 'Quitéria' } }],
  }),
  'a person under the names of ids': rd({
    leads: [{ id: 'Zeferina', uuid: 'Zeferina Quitéria', event_uuid: 'soropositiva', identifier: 'Quitéria' }],
  }),
  'numbers under id': rd({ leads: [{ id: 48_981_237_766, uuid: 52_998_224_725, number_conversions: 48_981_237_766 }] }),
  'small numbers and yes or no under a question': rd({
    leads: [{ last_conversion: { content: { 'É soropositiva?': true, 'Idade de Zeferina': 1_234_567_890 } } }],
  }),
  'broken JSON sent as a form': {
    source: 'rd-station',
    form: true,
    body: '{"leads":[{"name":"Zeferina Quitéria","Saúde":"soropositiva","telefone":"48 98123-7766"',
  },
  'a form with the person as a name': { source: 'rd-station', form: true, body: 'Zeferina+Quit%C3%A9ria=soropositiva' },
  'broken JSON': { source: 'rd-station', body: '{"leads":[{"Zeferina Quitéria":"soropositiva","nome":"Zeferina' },
  'broken JSON whose keys look like plain words': { source: 'rd-station', body: '{"Zeferina":{"soropositiva":1' },
  'keys with accents': rd({ leads: [{ 'Quitéria é': { 'soropositiva às': ['Zeferína'] } }] }),
  'keys that are an e-mail and a phone': rd({ leads: [{ 'zeferina@quiteria.soropositiva': 1, '48 98123-7766': 2 }] }),
  'descriptions of the CRM': crm({
    trigger: { description: 'Zeferina Quitéria ganhou' },
    workflow: { description: 'soropositiva' },
    object: { description: 'Quitéria' },
    source: {
      row: { id: 'Zeferina' },
      object: { contextUrl: '/api/zeferina', description: 'Oportunidade da Zeferina' },
    },
  }),
  'an id of the CRM that is a person': crm({ eventId: 'Zeferina-Quiteria', source: { row: { id: 48_981_237_766 } } }),
  'lists in lists': rd([[[['Zeferina', ['Quitéria', { id: [['soropositiva']] }]]]]]),
  'JSON inside a text inside a text': rd({ leads: JSON.stringify(JSON.stringify([{ id: 'Zeferina', Quitéria: 1 }])) }),
  'times and words of the vendor that are none': rd({
    event_type: 'ZEFERINA.QUITERIA',
    entity_type: 'SOROPOSITIVA',
    event_timestamp: '2026-11-24 Zeferina',
    contact: { uuid: 'soropositiva', funnel: { lifecycle_stage: 'Zeferina', opportunity: 'Quitéria' } },
  }),
  'an e-mail with a long ending': rd({ leads: [{ email: 'z@q.soropositiva', user: 'zeferina@quiteria.com' }] }),
  'bytes that are no text': {
    source: 'rd-station',
    encoding: 'base64',
    body: Buffer.from('Zeferina Quit\u00e9ria soropositiva', 'latin1').toString('base64'),
  },
  'an address, a CPF and a phone in a plain text': {
    source: 'rd-station',
    body: 'Zeferina Quitéria, CPF 529.982.247-25, Bairro das Flores, 48 98123-7766, é soropositiva',
  },
}

/** The lead of an event that Ponte reads, and what an API may answer about it. */
const lead = {
  name: 'Zeferina Quitéria',
  email: 'zeferina.quiteria@padaria.soropositiva',
  company: 'Padaria Soropositiva',
  mobilePhone: '48 98123-7766',
  city: 'Bairro das Flores',
  state: 'Zeferina',
  jobTitle: 'soropositiva',
  uuid: 'Zeferina',
  conversionIdentifier: 'convite-zeferina-quiteria',
  website: 'https://zeferina.example',
  values: { 'Zeferina é soropositiva?': ['Quitéria'], tags: ['soropositiva'], cf_cpf: ['529.982.247-25'] },
  notes: ['Zeferina was left out'],
}
const echoes = [
  'the lead ZEFERINA exists',
  "duplicate entry 'quitéria' for 'zeferina%20quit%C3%A9ria'",
  'Bairro das Flores is no city',
  'phone 4898123 7766 of 98123-7766 is taken',
  // About a record of the other system that the event does not mention.
  'Sra. Soropositiva da Silva is the owner',
]

const answers = new Map<string, string>()

beforeAll(async () => {
  const deliveries = Object.entries(bodies).map(([what, body], index) => ({
    name: 'delivery',
    id: `delivery-${index}`,
    reason: `BODY_NOT_JSON: The body is not valid JSON. ${what}`,
    data: { v: 1, receivedAt, encoding: 'utf8', form: false, ...body },
  }))
  await fail(board().quarantine, deliveries)
  const events = echoes.map((echo, index) => ({
    name: 'lead.registered',
    id: `lead-${index}`,
    reason: `${rejected} ${echo}`,
    data: { v: 1, key: `key-${index}`, receivedAt, lead },
  }))
  await fail(board()['totvs-crm'], events)
  for (const [index, echo] of echoes.entries()) {
    const key = board()['totvs-crm'].toKey(`lead-${index}`)
    await board().redis.rpush(`${key}:logs`, `${receivedAt} totvs-crm POST /api/x → 422 9 ms CRM_REJECTED`)
    await board().redis.rpush(`${key}:logs`, `${receivedAt} CRM_REJECTED: ${echo}`)
    await board().redis.hset(key, {
      returnvalue: JSON.stringify({ summary: echo, [echo]: echo }),
      progress: `"${echo}"`,
    })
    const event = { event: 'lead.registered', key: `key-${index}`, receivedAt, jobId: `lead-${index}`, identities: [] }
    const run: TimelineEntry = {
      kind: 'run',
      at: Date.now(),
      event: 'lead.registered',
      jobId: `lead-${index}`,
      outcome: 'failed',
      code: 'CRM_REJECTED',
      summary: failureMessage('CRM_REJECTED', { echo }),
    }
    await createTimelines(board().redis, board().name, board().fingerprint).record(event, run)
  }
  await walk()
})

/** Collects every answer about them that a viewer can get: Bull Board's and ours, in both languages, and the pages behind their links. */
async function walk(): Promise<void> {
  const pending = [
    ...[
      '/failures',
      '/waiting',
      '/search',
      '/error-codes',
      '/',
      '/queues',
      '/audit',
      '/queues/api/job-schedulers',
      '/queues/api/queues',
    ],
    ...['totvs-crm', 'rd-station', 'quarantine'].flatMap(kind => {
      const queue = `${board().name}.${kind}`
      return [
        ...['failed', 'latest'].map(
          status => `/queues/api/queues?activeQueue=${queue}&status=${status}&jobsPerPage=100`,
        ),
        ...['workers', 'metrics', 'rate-limit', 'job-data-schema'].map(rest => `/queues/api/queues/${queue}/${rest}`),
      ]
    }),
    ...Object.keys(bodies).map((_what, index) => `/queues/api/queues/${board().quarantine.name}/delivery-${index}`),
    ...echoes.map((_echo, index) => `/queues/api/queues/${board()['totvs-crm'].name}/lead-${index}`),
  ]
  const seen = new Set(pending)
  for (let url = pending.shift(); url !== undefined; url = pending.shift()) {
    const isJob = /^\/queues\/api\/queues\/[^/]+\/(?:lead|delivery)-\d+$/.test(url)
    for (const rest of isJob ? ['', '/logs', '/flow'] : [''])
      for (const language of ['en', 'pt-BR']) {
        const { body, headers } = await visit(url + rest, { as, language })
        answers.set(`${url}${rest} ${language}`, `${JSON.stringify(headers)}\n${body}`)
        for (const [, link = ''] of body.matchAll(/href="(\/(?:events|failures|jobs)[^"]*)"/g)) {
          const address = link.replaceAll('&amp;', '&')
          if (!seen.has(address)) pending.push(address)
          seen.add(address)
        }
      }
  }
  for (const q of ['key-0', 'delivery-0', 'Zeferina', lead.email, '48 98123-7766'])
    answers.set(`search for ${q}`, (await send('/search', { q }, as)).body)
}

test('the walk has seen the pages of every event', () => {
  const addresses = [...answers.keys()].join('\n')
  expect(addresses).toContain('/failures/')
  expect(new Set(addresses.match(/\/events\/\S+/g)).size).toBeGreaterThanOrEqual(
    Object.keys(bodies).length + echoes.length,
  )
})

test('no answer to a viewer says anything of a person, in no spelling, of each body as it is', () => {
  for (const index of Object.keys(bodies).keys())
    expect([...answers.keys()].filter(address => address.includes(`delivery-${index}`)).length).toBeGreaterThanOrEqual(
      6,
    )
  for (const [address, answer] of answers) {
    // A search repeats what the visitor typed.
    const answered = address.startsWith('search') ? answer.replaceAll(/value="[^"]*"/g, '') : answer
    for (const text of [answered, decode(answered)]) expect(planted.exec(text)?.[0], address).toBeUndefined()
  }
})

/** Undoes percent encoding. */
const decode = (text: string): string =>
  text.replaceAll(/(?:%[\da-f]{2})+/gi, found => {
    try {
      return decodeURIComponent(found)
    } catch {
      return found
    }
  })

test('what a viewer works with is shown: codes, ids of Ponte, times', () => {
  const list = answers.get(`/queues/api/queues/${board()['totvs-crm'].name}/lead-0 en`)
  expect(list).toContain('"key":"key-0"')
  expect(list).toContain('CRM_REJECTED: TOTVS CRM refused the data. (status=422)')
  expect(list).toContain(receivedAt)
  const log = answers.get(`/queues/api/queues/${board()['totvs-crm'].name}/lead-0/logs en`)
  expect(log).toContain(`${receivedAt} totvs-crm POST /api/`)
  expect(log).toContain('422 9 ms CRM_REJECTED')
})
