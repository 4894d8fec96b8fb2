import { randomUUID } from 'node:crypto'
import { PermanentFailure } from '@ponte/contracts'
import { createAudit, createTimelines, timelineId } from '@ponte/state'
import type { FailuresDocument } from '@ponte/operations'
import { expect, test } from 'vitest'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'
import { textsOf } from '../texts/texts.ts'
import { describeFailures, explainFailure } from './failures.ts'

const cli = useCliSetUp()

/** Lets jobs fail permanently with these reasons. */
async function fail(
  { queues, startWorker }: SetUpTenant,
  kind: 'totvs-crm' | 'rd-station',
  reasons: readonly string[],
  { name = 'opportunity.updated', ...more }: { name?: string; opportunityId?: string } = {},
) {
  const before = await queues[kind].getFailedCount()
  for (const reason of reasons)
    await queues[kind].add(name, { ...more, reason }, { jobId: `j-${randomUUID()}`, attempts: 2 })
  const worker = await startWorker(kind, async job => Promise.reject(new Error(job.data.reason)))
  await expect.poll(() => queues[kind].getFailedCount()).toBe(before + reasons.length)
  await worker.stop()
}

const rejected = 'CRM_REJECTED: TOTVS CRM refused the data. (status=400)'

test('failures are grouped by code and queue with count, times in ISO 8601, sentence and page; there are some: 1', async () => {
  const tenant = await cli.newTenant()
  await fail(tenant, 'totvs-crm', [rejected, rejected, 'CRM_LOGIN_REJECTED: no', 'stalled more than allowed'])
  await fail(tenant, 'rd-station', ['CRM_LOGIN_REJECTED: no'])
  const { code, data } = await tenant.run(['failures', '--json'])
  expect(code).toBe(1)
  const [first, ...others] = data().failures
  expect(first).toMatchObject({
    ...{ code: 'CRM_REJECTED', tenant: tenant.name, queue: 'totvs-crm', count: 2 },
    ...{ sentence: 'TOTVS CRM refused the data.', page: 'docs/failures.md#crm_rejected' },
  })
  expect(new Date(first.first).toISOString()).toBe(first.first)
  expect(Date.parse(first.first)).toBeLessThanOrEqual(Date.parse(first.last))
  expect(others.map(({ code, queue, count }: Record<string, unknown>) => [code, queue, count]).toSorted()).toEqual([
    ['CRM_LOGIN_REJECTED', 'rd-station', 1],
    ['CRM_LOGIN_REJECTED', 'totvs-crm', 1],
    ['WITHOUT_CODE', 'totvs-crm', 1],
  ])
  const portuguese = await tenant.run(['failures', '--lang', 'pt-BR'])
  expect(portuguese.stdout).toContain('O TOTVS CRM recusou os dados.')
})

const above = 'MUST_BE_LESS_THAN_OR_EQUAL: Must be less than or equal to 10000. ($.payload.value)'

test('a command that ends with a refusal says it in the same words', () => {
  const failure = new PermanentFailure('RD_REJECTED', { detail: above })
  const { lines } = explainFailure(failure, { texts: textsOf['pt-BR'], language: 'pt-BR' })
  expect(lines.slice(0, 2)).toEqual(['RD_REJECTED: Valor acima de 10.000 · RD Station', above])
})

const [first, last] = [Date.parse('2026-11-27T01:00:00Z'), Date.parse('2026-11-27T02:00:00Z')]
const group: FailuresDocument['failures'][number] = {
  ...{ code: 'CRM_REJECTED', tenant: 'acme', queue: 'totvs-crm', count: 3, first, last, answers: [], details: [] },
  ...{ events: ['lead.registered'], pending: 0, record: {}, title: 'O TOTVS CRM recusou os dados.' },
  ...{ sentence: 'O TOTVS CRM recusou os dados.', solution: 'Corrija.', page: 'docs/failures.pt-BR.md#crm_rejected' },
}
const describe = (language: 'en' | 'pt-BR', timeZone: string, ...failures: readonly Partial<typeof group>[]) =>
  describeFailures(
    failures.map(more => ({ ...group, ...more })),
    timeZone,
    { texts: textsOf[language], language, paint: (_look: string, text: string) => text },
  )

test('people read what is wrong as on the board with who cares for it, and below it what it was made of', () => {
  const [cpf, phone] = ['O campo personalizado CPF é obrigatório.', 'O campo Telefone é obrigatório.']
  const answers = [
    { text: `VALIDATION_ERROR: ${cpf}`, times: 2 },
    { text: `VALIDATION_ERROR: ${phone}`, times: 1 },
  ]
  const record = { assignee: { to: 'bia', by: 'ana', at: 1 }, note: { text: 'avisado', by: 'ana', at: 1 } }
  const lines = describe('pt-BR', 'America/Sao_Paulo', {
    answers,
    details: ['variable=totvs_crm_default_user'],
    record,
  })
  expect(lines.slice(0, -2).map(line => line.replaceAll('\u00A0', ' '))).toEqual([
    '3 × CRM_REJECTED  acme  RD Station → TOTVS',
    '    O TOTVS CRM recusou os dados.',
    '    - O campo CPF é obrigatório · TOTVS CRM (2×)',
    '    - O campo Telefone é obrigatório · TOTVS CRM',
    '    primeira 26/11/2026, 22:00:00, última 26/11/2026, 23:00:00',
    '    com bia · “avisado” (ana)',
    '    → Corrija. Mais: docs/failures.pt-BR.md#crm_rejected',
    '    Detalhes técnicos:',
    '      variable=totvs_crm_default_user',
    ...answers.map(({ text }) => `      ${text}`),
    '',
  ])
})

test.each([
  ['en', 'America/Sao_Paulo', 'failed 26 Nov 2026, 23:00:00'],
  ['pt-BR', 'Asia/Tokyo', 'falhou em 27/11/2026, 11:00:00'],
] as const)('a person reads in %s times of %s', (language, timeZone, at) => {
  const lines = describe(language, timeZone, { count: 1 }).map(line => line.trim().replaceAll('\u00A0', ' '))
  expect(lines).toEqual(expect.arrayContaining([at, expect.stringContaining(` ${timeZone}.`)]))
})

test('nothing failed: 0', async () => {
  const tenant = await cli.newTenant()
  expect(await tenant.run(['failures', '--json'])).toMatchObject({ code: 0 })
})

test.each([[['retry', 'crm_rejected']], [['failures', '--retry', 'CRM_REJECTED']]])(
  '%j retries what failed with this code from the first attempt, an opportunity once and by its newest job, and leaves other failures',
  async argv => {
    const tenant = await cli.newTenant()
    const [conflict, older] = ['CRM_CONFLICT: x', `${rejected} older`]
    await fail(tenant, 'totvs-crm', [rejected, conflict, rejected])
    const opportunityId = randomUUID()
    for (const reason of [older, rejected]) await fail(tenant, 'rd-station', [reason], { opportunityId })

    const dry = await tenant.run([...argv, '--dry-run', '--json'])
    expect(dry.data()).toMatchObject({
      ...{ dryRun: true, retry: null },
      queues: expect.arrayContaining([expect.objectContaining({ queue: 'totvs-crm', count: 2 })]),
    })
    expect(await tenant.queues['totvs-crm'].getFailedCount()).toBe(3)

    expect(await tenant.run([...argv, '--json', '--tenant', tenant.name])).toMatchObject({ code: 0 })
    // Other tests write into the same trail at the same time.
    const entries = await createAudit(tenant.redis).read({ count: 1000 })
    const own = entries.filter(entry => entry.tenant === tenant.name)
    expect(own.map(({ action, outcome, code, queue, detail }) => [action, outcome, code, queue, detail])).toEqual([
      ['retry-all', 'done', 'CRM_REJECTED', 'rd-station', '1'],
      ['retry-all', 'done', 'CRM_REJECTED', 'totvs-crm', '2'],
    ])
    const waiting = await tenant.queues['totvs-crm'].getWaiting()
    const attempts = waiting.map(job => [job.attemptsMade, job.attemptsStarted])
    expect(attempts).toEqual([
      [0, 0],
      [0, 0],
    ])
    const failed = await Promise.all([tenant.queues['totvs-crm'], tenant.queues['rd-station']].map(q => q.getFailed()))
    expect(failed.flat().map(job => job.failedReason)).toEqual([conflict, older])
    for (const { id = '' } of waiting) {
      const [, entry] = await createTimelines(tenant.redis, tenant.name, cli.fingerprint).read(timelineId(id))
      expect(entry).toMatchObject({ kind: 'retried', jobId: id, by: expect.stringMatching(/^cli:/) })
    }
  },
)

test.each([
  ['en', 'CRM_REJETED', 'CRM_REJETED: unknown failure code; did you mean CRM_REJECTED?'],
  ['pt-BR', 'crm_rejeted', 'crm_rejeted: código de falha desconhecido; seria CRM_REJECTED?'],
  ['en', 'NO_SUCH', 'NO_SUCH: unknown failure code; `ponte failures` lists those of the failed events.'],
])('in %s the mistyped %s is told: %s', async (lang, typed, says) => {
  const { code, stderr } = await (await cli.newTenant()).run(['retry', typed, '--lang', lang])
  expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 2, first: says })
})

test.each([
  ['failures', '--tenant'],
  ['send', '--tenant'],
  ['erase', '--yes', '--email', 'ana@example.com', '--tenant'],
])('ponte %s … names the tenant that was probably meant', async (...argv) => {
  const { name, run } = await cli.newTenant()
  const typed = name.replace('cli-', 'clli-')
  const english = await run([...argv, typed])
  expect(english.code).toBe(2)
  expect(english.stderr).toContain(`There is no tenant "${typed}"; did you mean ${name}? Tenants: `)
  const portuguese = await run([...argv, typed, '--lang', 'pt-BR'])
  expect(portuguese.stderr).toContain(`Não há empresa (tenant) "${typed}"; seria ${name}? Existem: `)
})

test('a Redis that is away ends with 3', async () => {
  const away = await (await cli.newTenant()).run(['failures', '--json'], { env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  expect(away.code).toBe(3)
  expect(away.data()).toMatchObject({ ok: false, error: { code: 'NOT_REACHABLE' } })
})
