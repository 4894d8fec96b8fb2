import { readFile } from 'node:fs/promises'
import { appendMessages, isRecord, languages, message } from '@ponte/contracts'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { beforeAll, expect, inject, test } from 'vitest'
import { localisePage, corrections, locales } from './page.ts'
import { basicOf, type OpenBoard, viewer } from '../testing/open-board.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, visit } = useBoard({ isShared: true })
const person = {
  email: 'maria.souza@padaria-souza.com.br',
  name: 'Maria Souza',
  mobilePhone: '48 99999-1234',
}
const reason = 'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM.'

beforeAll(async () => {
  await addFailedLead()
  await addQuarantined()
})

const json = async (path: string, language: string): Promise<unknown> =>
  (await visit(`/queues/api/queues${path}`, { language })).json()

/** Fails a job as a worker would, without one. */
async function fail(queue: OpenBoard['quarantine'], message: string): Promise<void> {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const worker = new Worker(queue.name, null, { connection, prefix: `{${board().name}}` })
  const job = await worker.getNextJob('token')
  await job?.log(`lead ${person.name} <${person.email}> ${person.mobilePhone}`)
  await job?.updateProgress({ leadName: person.name })
  await job?.moveToFailed(new Error(`${message} ${person.name}, ${person.email}`), 'token')
  await worker.close()
  connection.disconnect()
}

async function addFailedLead(): Promise<void> {
  await board()['totvs-crm'].add('lead.registered', { v: 1, key: 'k', lead: { ...person } }, { jobId: 'lead-1' })
  await fail(board()['totvs-crm'], reason)
}

async function addQuarantined(): Promise<void> {
  const delivery = { v: 1, source: 'rd-station', body: JSON.stringify({ leads: [{ nome: person.name, cf: person }] }) }
  await board().quarantine.add('delivery', delivery, { jobId: 'delivery-1' })
  await fail(board().quarantine, 'LEAD_WITHOUT_IDENTITY: The lead has neither.')
}

test('no answer of the board tells who the person of a job is', async () => {
  for (const [queue, id] of [
    [board()['totvs-crm'].name, 'lead-1'],
    [board().quarantine.name, 'delivery-1'],
  ] as const) {
    for (const path of [
      `/queues/api/queues?activeQueue=${queue}&status=failed`,
      `/queues/api/queues?activeQueue=${queue}&status=latest&jobsPerPage=100`,
      `/queues/api/queues?activeQueue=${queue}&status=failed&jobsPerPage=100`,
      `/queues/api/queues/${queue}/${id}`,
      `/queues/api/queues/${queue}/${id}/logs`,
      `/queues/api/queues/${queue}/${id}/flow`,
      `/queues/api/queues/${queue}/metrics`,
      `/queues/api/queues/${queue}/workers`,
      `/queues/queue/${queue}/${id}`,
      '/waiting',
    ]) {
      const { statusCode, body } = await board().ask('GET', path)
      expect(statusCode, path).toBe(200)
      expect(body, path).not.toMatch(/maria(?!\*)|souza|9999-?1234|(?<![\da-f])99999(?![\da-f])/i)
    }
  }
  const { body } = await board().ask('GET', `/queues/api/queues/${board()['totvs-crm'].name}/lead-1/logs`)
  expect(body).toBe(JSON.stringify(['lead *** <m***@p***.br> ***34']))
})

test('a failed job reads CODE: sentence in the language of the reader, without a stack trace', async () => {
  const queue = board()['totvs-crm']
  const english = `${reason} ***, m***@p***.br`
  const portuguese = 'CRM_DEFAULT_USER_WITHOUT_ROLE: O usuário padrão não tem papel no TOTVS CRM. ***, m***@p***.br'
  for (const [language, text] of [
    ['en', english],
    ['pt-BR', portuguese],
  ] as const) {
    const job = { failedReason: text, stacktrace: [text] }
    expect(await json(`/${queue.name}/lead-1`, language)).toMatchObject({ job })
    const list = { queues: [{ jobs: [expect.objectContaining(job)] }, {}, {}] }
    expect(await json(`?activeQueue=${queue.name}&status=failed`, language)).toMatchObject(list)
  }
})

test('what a job returned and what its log says are shown in the language of the reader; the answers of other systems stay as they are', async () => {
  const queue = board()['rd-station']
  const job = await queue.add('opportunity.won', { v: 1 }, { jobId: 'shown-1' })
  const at = '2026-01-02T03:04:05.000Z'
  await job.log(appendMessages(at, [message('sale-without-value')]))
  await job.log(`${at} rd-station POST /platform/events → 400 5 ms RD_REJECTED`)
  await board().redis.hset(
    queue.toKey('shown-1'),
    'returnvalue',
    JSON.stringify({ outcome: 'done', summary: message('marked', { marks: ['sale'] }) }),
  )
  const shown = `/${queue.name}/shown-1`
  expect(await json(shown, 'pt-BR')).toMatchObject({
    job: { returnValue: { outcome: 'done', summary: 'marcado: venda' } },
  })
  expect(await json(`${shown}/logs`, 'pt-BR')).toEqual([
    `${at} a oportunidade não tem valor: é enviado 0`,
    `${at} rd-station POST /platform/events → 400 5 ms RD_REJECTED`,
  ])
})

test("a viewer reads of a job only Ponte's own words, and every queue is read-only; an operator reads those of other systems too", async () => {
  const queue = board()['rd-station']
  const job = await queue.add('opportunity.won', { v: 1 }, { jobId: 'foreign-1' })
  await job.log('2026-01-02T03:04:05.000Z RD_REJECTED: saldo esgotado')
  await board().redis.hset(queue.toKey('foreign-1'), {
    failedReason: 'RD_REJECTED: RD Station refused the data. saldo esgotado',
    stacktrace: JSON.stringify(['Error: saldo esgotado']),
    progress: JSON.stringify('saldo esgotado'),
    returnvalue: JSON.stringify({ summary: 'saldo esgotado' }),
  })
  const ask = async (rest: string, as?: string) => (await visit(`/queues/api/queues${rest}`, as ? { as } : {})).body
  for (const rest of [`/${queue.name}/foreign-1`, `/${queue.name}/foreign-1/logs`]) {
    expect(await ask(rest)).toContain('saldo esgotado')
    expect(await ask(rest, basicOf(viewer))).toMatch(/^(?=.*RD_REJECTED)(?!.*(?:saldo|esgotado))/)
  }
  const { queues } = JSON.parse(await ask('', basicOf(viewer)))
  const readOnly = { readOnlyMode: true, allowRetries: false, allowCompletedRetries: false }
  expect(queues).toEqual(queues.map(() => expect.objectContaining(readOnly)))
  await queue.remove('foreign-1')
})

test('showing and retrying a job leaves its data in Redis as it was', async () => {
  const queue = board()['totvs-crm']
  await board().ask('GET', `/queues/api/queues/${queue.name}/lead-1`)
  expect((await board().ask('PUT', `/queues/api/queues/${queue.name}/lead-1/retry`)).statusCode).toBe(204)
  expect((await queue.getJob('lead-1'))?.data).toEqual({ owner: 'ponte', v: 1, key: 'k', lead: { ...person } })
  await fail(queue, reason)
})

test('a failed job links to the page of its failure, in the language of the browser; others link nowhere', async () => {
  const queue = board()['totvs-crm']
  await queue.add('lead.registered', { v: 1 }, { jobId: 'waiting-1' })
  const ask = (id: string, language: string) => json(`/${queue.name}/${id}`, language)
  const link = (displayText: string) => ({
    job: { externalUrl: { displayText, href: '/error-codes/CRM_DEFAULT_USER_WITHOUT_ROLE' } },
  })
  expect(await ask('lead-1', 'pt-BR')).toMatchObject(link('O que fazer ↗'))
  expect(await ask('lead-1', 'en')).toMatchObject(link('What to do ↗'))
  expect(await ask('waiting-1', 'en')).not.toHaveProperty('job.externalUrl')
  expect((await board().ask('GET', '/error-codes/CRM_DEFAULT_USER_WITHOUT_ROLE')).statusCode).toBe(200)
})

test('the queues of a tenant stand together and say in the language of the browser what they are for', async () => {
  const ask = (language: string) => json('', language)
  const described = (words: readonly string[], names: readonly string[]) => ({
    queues: ['totvs-crm', 'rd-station', 'quarantine'].map((kind, index) => ({
      name: `${board().name}.${kind}`,
      displayName: `${board().name} · ${names[index]}`,
      delimiter: '.',
      description: expect.stringContaining(words[index] ?? ''),
    })),
  })
  expect(await ask('pt-BR')).toMatchObject(
    described(
      ['a caminho do TOTVS CRM', 'a caminho do RD Station', 'não conseguiu ler'],
      ['RD Station → TOTVS', 'TOTVS → RD Station', 'quarentena'],
    ),
  )
  expect(await ask('en')).toMatchObject(
    described(
      ['way to TOTVS CRM', 'way to RD Station', 'could not read'],
      ['RD Station → TOTVS', 'TOTVS → RD Station', 'quarantine'],
    ),
  )
})

test.each([
  { language: 'pt-BR,en;q=0.1', lang: 'pt-BR', lng: 'pt-BR', title: 'Filas', logOut: 'Sair' },
  { language: 'en', lang: 'en', lng: 'en-US', title: 'Queues', logOut: 'Log out' },
])(
  'the page of Bull Board opens in $lng, with the head and foot of the other pages, and asks nobody else for anything',
  async ({ language, lang, lng, title, logOut }) => {
    const { body } = await visit('/queues', { language })
    expect(body).toContain(`<html lang="${lang}"`)
    expect(body).toContain(`<title>${title} · Ponte</title>`)
    expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    const config: unknown = JSON.parse(/__UI_CONFIG__" type="application\/json">(.*?)<\/script>/s.exec(body)?.[1] ?? '')
    expect(config).toMatchObject({ boardTitle: 'Ponte', locale: { lng }, hideRedisDetails: true })
    expect(body).toMatch(
      new RegExp(`<header class="shell">.*<a href="/logout"\\s*>${logOut}.*<footer class="shell">`, 's'),
    )
  },
)

test("the script in the page of Bull Board is the board's own, and the page allows no other", async () => {
  const page = await board().ask('GET', '/queues')
  expect(page.headers['content-security-policy']).toContain("script-src 'self';")
  const script = await board().ask('GET', /<script defer src="([^"]+)"/.exec(page.body)?.[1] ?? '')
  expect([script.statusCode, script.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8'])
})

test('an event that waits for its next attempt does not count as failed, and nothing can be released', async () => {
  const queue = board()['totvs-crm']
  await queue.add('lead.registered', { v: 1 }, { jobId: 'delayed-1', delay: 3_600_000 })
  await board().redis.hset(queue.toKey('delayed-1'), 'failedReason', reason)
  await board().redis.set(queue.toKey('limiter'), '9', 'PX', 60_000)
  const isFailed = async (id: string): Promise<unknown> =>
    (await board().ask('GET', `/queues/api/queues/${queue.name}/${id}`)).json().job.isFailed
  expect([await isFailed('lead-1'), await isFailed('delayed-1')]).toEqual([true, false])
  expect((await board().ask('GET', '/queues/api/queues')).json().queues[0]).toMatchObject({
    activeRateLimitTtl: 0,
    supportsGlobalRateLimit: false,
    allowCompletedRetries: false,
  })
  await board().redis.del(queue.toKey('limiter'))
})

test('a quarantine, whose worker sleeps until somebody retries a delivery, is not said to have no worker; details of Redis are not shown', async () => {
  const { queues } = (await board().ask('GET', '/queues/api/queues')).json()
  expect(queues.map(({ hasWorkers }: Record<string, unknown>) => hasWorkers)).toEqual([false, false, null])
  expect((await board().ask('GET', '/queues/api/redis/stats')).statusCode).toBe(403)
})

test.each(languages)(
  "in %s Bull Board's texts are its own, but for those that Ponte corrects: each of these is one of its texts, with no values but its own",
  async language => {
    const path = `static/locales/${locales[language]}/messages.json`
    const served = textsIn((await board().ask('GET', `/queues/${path}?v=9.10.1`)).json())
    const own = textsIn(
      JSON.parse(await readFile(new URL(`dist/${path}`, import.meta.resolve('@bull-board/ui/package.json')), 'utf8')),
    )
    const side = language === 'en' ? 'en' : 'pt'
    const corrected = Object.entries(corrections).flatMap(([key, texts]) => {
      const text = texts[side]
      return text === undefined ? [] : [[key, text] as const]
    })
    expect(corrected.filter(([key, text]) => own.get(key) === text || !own.has(key))).toEqual([])
    for (const [key, text] of corrected)
      expect(valuesIn(own.get(key)), key).toEqual(expect.arrayContaining(valuesIn(text)))
    expect(served).toEqual(new Map([...own, ...corrected]))
  },
)

const valuesIn = (text = ''): string[] => text.match(/\{\{\w+\}\}/g) ?? []

const textsIn = (part: unknown, path: readonly string[] = []): Map<string, string> =>
  isRecord(part)
    ? new Map(Object.entries(part).flatMap(([key, inner]) => [...textsIn(inner, [...path, key])]))
    : new Map([[path.join('.'), String(part)]])

test('a page of Bull Board that has changed is noticed', () => {
  const nothing = { markup: '' }
  const localised = { language: 'en', texts: {}, header: nothing, footer: nothing } as const
  expect(() => localisePage('<html></html>', localised)).toThrow("Bull Board's page has changed")
})
