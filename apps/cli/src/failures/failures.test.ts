import { randomUUID } from 'node:crypto'
import { PermanentFailure } from '@ponte/contracts'
import { createAudit, createTimelines, timelineId } from '@ponte/state'
import { formatMoment } from '@ponte/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCliSetUp, type SetUp, type SetUpTenant } from '../testing/open-cli-set-up.ts'
import { textsOf } from '../texts/texts.ts'
import { explainFailure } from './failures.ts'

let setUp: SetUp
beforeAll(async () => {
  setUp = await openCliSetUp()
})
afterAll(() => setUp.close())

/** Lets jobs fail permanently with these reasons. */
async function fail(
  { queues, startWorker }: SetUpTenant,
  kind: 'totvs-crm' | 'rd-station',
  reasons: readonly string[],
  { name = 'opportunity.updated', ...more }: { name?: string; opportunityId?: string; lead?: object } = {},
) {
  const before = await queues[kind].getFailedCount()
  for (const reason of reasons)
    await queues[kind].add(name, { ...more, reason }, { jobId: `j-${randomUUID()}`, attempts: 2 })
  const worker = await startWorker(kind, async job => {
    throw new Error(job.data.reason)
  })
  await expect.poll(() => queues[kind].getFailedCount()).toBe(before + reasons.length)
  await worker.stop()
}

const rejected = 'CRM_REJECTED: TOTVS CRM refused the data. (status=400)'

test('failures are grouped by code and queue with count, times, sentence and page; there are some: 1', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, 'totvs-crm', [rejected, rejected, 'CRM_LOGIN_REJECTED: no', 'stalled more than allowed'])
  await fail(tenant, 'rd-station', ['CRM_LOGIN_REJECTED: no'])
  const { code, data } = await tenant.run(['failures', '--json'])
  expect(code).toBe(1)
  const [first, ...others] = data().failures
  expect(first).toMatchObject({
    code: 'CRM_REJECTED',
    tenant: tenant.name,
    queue: 'totvs-crm',
    count: 2,
    sentence: 'TOTVS CRM refused the data.',
    page: 'docs/failures.md#crm_rejected',
  })
  expect(Date.parse(first.first)).toBeLessThanOrEqual(Date.parse(first.last))
  expect(Date.now() - Date.parse(first.first)).toBeLessThan(60_000)
  expect(others.map(({ code, queue, count }: Record<string, unknown>) => [code, queue, count]).toSorted()).toEqual([
    ['CRM_LOGIN_REJECTED', 'rd-station', 1],
    ['CRM_LOGIN_REJECTED', 'totvs-crm', 1],
    ['WITHOUT_CODE', 'totvs-crm', 1],
  ])
  const portuguese = await tenant.run(['failures', '--lang', 'pt-BR'])
  expect(portuguese.stdout).toContain('2 × CRM_REJECTED')
  expect(portuguese.stdout).toContain('O TOTVS CRM recusou os dados.')
  await tenant.close()
})

test('each cause says what the other system answered, without the words of the person, and which setting is meant', async () => {
  const tenant = await setUp.tenant()
  const unset =
    'CRM_DEFAULT_USER_WITHOUT_ROLE: The default user has no role in TOTVS CRM. (variable=totvs_crm_default_user)'
  await fail(tenant, 'totvs-crm', [rejected, rejected, unset], {
    lead: { name: 'Zeferina', email: 'z@cliente.example' },
  })
  for (const job of await tenant.queues['totvs-crm'].getFailed())
    if (job.failedReason === rejected)
      await job.log(
        '2026-01-02T03:04:05.000Z CRM_REJECTED: LEAD-01: Zeferina <z@cliente.example> já existe (emails[0])',
      )
  const answer = 'LEAD-01: *** <z***@c***.example> já existe (emails[0])'
  expect((await tenant.run(['failures', '--json'])).data().failures).toMatchObject([
    { code: 'CRM_REJECTED', answers: [{ text: answer, times: 2 }], details: [] },
    { code: 'CRM_DEFAULT_USER_WITHOUT_ROLE', answers: [], details: ['variable=totvs_crm_default_user'] },
  ])
  const { stdout } = await tenant.run(['failures'])
  expect(stdout).toMatch(/RD Station → TOTVS\n {4}TOTVS CRM: “\*\*\* <z\*\*\*@c\*\*\*\.example> já existe”\n/)
  expect(stdout).toContain(`    Technical details:\n      ${answer}\n`)
  expect(stdout).toMatch(/\n {4}The default user has no role in TOTVS CRM\.\n/)
  expect(stdout).toContain('    Technical details:\n      variable=totvs_crm_default_user\n')
  await tenant.close()
})

const above = 'MUST_BE_LESS_THAN_OR_EQUAL: Must be less than or equal to 10000. ($.payload.value)'

test('a command that ends with a refusal says it in the same words', () => {
  const failure = new PermanentFailure('RD_REJECTED', { detail: above })
  const { lines } = explainFailure(failure, { texts: textsOf['pt-BR'], language: 'pt-BR' })
  expect(lines.slice(0, 2)).toEqual(['RD_REJECTED: Valor acima de 10.000 · RD Station', above])
})

test('people read what is wrong as on the board, and below it what it was made of', async () => {
  const tenant = await setUp.tenant()
  await fail(tenant, 'totvs-crm', [rejected, rejected, rejected])
  await fail(tenant, 'rd-station', ['RD_REJECTED: RD Station refused the data. (status=400)'])
  const [cpf, phone] = ['O campo personalizado CPF é obrigatório.', 'O campo Telefone é obrigatório.']
  for (const job of await tenant.queues['rd-station'].getFailed())
    await job.log(`2026-01-02T03:04:05.000Z RD_REJECTED: ${above}`)
  const jobs = await tenant.queues['totvs-crm'].getFailed()
  for (const [index, job] of jobs.entries())
    await job.log(`2026-01-02T03:04:05.000Z CRM_REJECTED: VALIDATION_ERROR: ${index === 0 ? phone : cpf}`)
  const { stdout } = await tenant.run(['failures', '--lang', 'pt-BR'])
  const [several = '', one = ''] = stdout.split('\n\n')
  expect(one).toMatch(/TOTVS → RD Station\n {4}Valor acima de 10\.000 · RD Station\n/)
  expect(one.endsWith(`    Detalhes técnicos:\n      ${above}`)).toBe(true)
  expect(several).toContain(
    '\n    O TOTVS CRM recusou os dados.\n    - O campo CPF é obrigatório · TOTVS CRM (2×)\n    - O campo Telefone é obrigatório · TOTVS CRM\n',
  )
  expect(several.endsWith(`      VALIDATION_ERROR: ${cpf}\n      VALIDATION_ERROR: ${phone}`)).toBe(true)
  await tenant.close()
})

test('an opportunity that several jobs have failed for counts once and is retried once, by the newest of them', async () => {
  const tenant = await setUp.tenant()
  const queue = tenant.queues['rd-station']
  const opportunityId = randomUUID()
  const old = 'CRM_OPPORTUNITY_NOT_FOUND: older'
  await fail(tenant, 'rd-station', [old], { opportunityId })
  await fail(tenant, 'rd-station', ['RD_REJECTED: other'], { opportunityId: randomUUID() })
  await fail(tenant, 'rd-station', ['CRM_OPPORTUNITY_NOT_FOUND: newer'], { opportunityId })
  const { data } = await tenant.run(['failures', '--json'])
  expect(
    data()
      .failures.map(({ code, count }: Record<string, unknown>) => [code, count])
      .toSorted(),
  ).toEqual([
    ['CRM_OPPORTUNITY_NOT_FOUND', 1],
    ['RD_REJECTED', 1],
  ])
  expect((await tenant.run(['retry', 'CRM_OPPORTUNITY_NOT_FOUND'])).code).toBe(0)
  expect((await queue.getWaiting()).map(job => job.data.reason)).toEqual(['CRM_OPPORTUNITY_NOT_FOUND: newer'])
  expect((await queue.getFailed()).map(job => job.data.reason)).toContain(old)
  await tenant.close()
})

test('a failed job of an opportunity that makes no mark counts by itself, and hides no failed mark', async () => {
  const tenant = await setUp.tenant()
  const opportunityId = randomUUID()
  const reason = 'CRM_OPPORTUNITY_NOT_FOUND: gone'
  await fail(tenant, 'rd-station', [reason], { opportunityId })
  await fail(tenant, 'rd-station', [reason, reason], { name: 'opportunity.noted', opportunityId })
  const { data } = await tenant.run(['failures', '--json'])
  expect(data().failures).toMatchObject([{ code: 'CRM_OPPORTUNITY_NOT_FOUND', count: 3 }])
  expect((await tenant.run(['retry', 'CRM_OPPORTUNITY_NOT_FOUND'])).code).toBe(0)
  expect(await tenant.queues['rd-station'].getFailedCount()).toBe(0)
  await tenant.close()
})

test.each([
  { lang: 'en', env: {}, timeZone: 'America/Sao_Paulo', one: 'failed', first: 'first', last: 'last' },
  {
    lang: 'pt-BR',
    env: { BOARD_TIME_ZONE: 'Asia/Tokyo' },
    timeZone: 'Asia/Tokyo',
    one: 'falhou em',
    first: 'primeira',
    last: 'última',
  },
] as const)(
  'a person reads times of $timeZone, a script in ISO 8601',
  async ({ lang, env, timeZone, one, first, last }) => {
    const tenant = await setUp.tenant()
    await fail(tenant, 'totvs-crm', [rejected, rejected, 'CRM_CONFLICT: x'])
    const { data } = await tenant.run(['failures', '--json'], { env })
    const [many, single] = data().failures
    for (const time of [many.first, many.last, single.first]) expect(new Date(time).toISOString()).toBe(time)
    const { stdout } = await tenant.run(['failures', '--lang', lang], { env })
    const local = (time: string): string => formatMoment(Date.parse(time), lang, timeZone)
    expect(stdout).toContain(`${first} ${local(many.first)}, ${last} ${local(many.last)}\n`)
    expect(stdout).toContain(`${one} ${local(single.first)}\n`)
    expect(stdout).toContain(` ${timeZone}.\n`)
    await tenant.close()
  },
)

test('nothing failed: 0', async () => {
  const tenant = await setUp.tenant()
  expect(await tenant.run(['failures', '--json'])).toMatchObject({ code: 0 })
  await tenant.close()
})

test.each([[['retry', 'CRM_REJECTED']], [['retry', 'crm_rejected']], [['failures', '--retry', 'CRM_REJECTED']]])(
  '%j retries what failed with this code from the first attempt, and leaves other failures',
  async argv => {
    const tenant = await setUp.tenant()
    await fail(tenant, 'totvs-crm', [rejected, 'CRM_CONFLICT: x', rejected])

    const dry = await tenant.run([...argv, '--dry-run', '--json'])
    expect(dry.data()).toMatchObject({ dryRun: true, queues: [{ queue: 'totvs-crm', count: 2 }], retry: null })
    expect(await tenant.queues['totvs-crm'].getFailedCount()).toBe(3)

    const run = await tenant.run([...argv, '--json', '--tenant', tenant.name])
    expect(run).toMatchObject({ code: 0 })
    // Other tests write into the same trail at the same time.
    const entries = await createAudit(tenant.redis).read({ count: 1000 })
    expect(entries.filter(entry => entry.tenant === tenant.name)).toEqual([
      expect.objectContaining({ action: 'retry-all', outcome: 'done', code: 'CRM_REJECTED', detail: '2' }),
    ])
    const waiting = await tenant.queues['totvs-crm'].getWaiting()
    expect(waiting.map(job => [job.attemptsMade, job.attemptsStarted])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect((await tenant.queues['totvs-crm'].getFailed()).map(job => job.failedReason)).toEqual(['CRM_CONFLICT: x'])
    for (const { id = '' } of waiting) {
      const [, entry] = await createTimelines(tenant.redis, tenant.name, setUp.fingerprint).read(timelineId(id))
      expect(entry).toMatchObject({ kind: 'retried', jobId: id, by: expect.stringMatching(/^cli:/) })
    }
    await tenant.close()
  },
)

test.each([
  { lang: 'en', typed: 'CRM_REJETED', says: 'CRM_REJETED: unknown failure code; did you mean CRM_REJECTED?' },
  { lang: 'pt-BR', typed: 'crm_rejeted', says: 'crm_rejeted: código de falha desconhecido; seria CRM_REJECTED?' },
  {
    lang: 'en',
    typed: 'NO_SUCH_THING',
    says: 'NO_SUCH_THING: unknown failure code; `ponte failures` lists those of the failed events.',
  },
])('$typed, mistyped, is told in $lang: $says', async ({ lang, typed, says }) => {
  const tenant = await setUp.tenant()
  const { code, stderr } = await tenant.run(['retry', typed, '--lang', lang])
  expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 2, first: says })
  await tenant.close()
})

test.each([
  ['failures', '--tenant'],
  ['retry', 'CRM_REJECTED', '--tenant'],
  ['doctor', '--tenant'],
  ['send', '--tenant'],
  ['erase', '--yes', '--email', 'ana@example.com', '--tenant'],
])('ponte %s … names the tenant that was probably meant', async (...argv) => {
  const tenant = await setUp.tenant()
  const typed = tenant.name.replace('cli-', 'clli-')
  const english = await tenant.run([...argv, typed])
  expect(english.code).toBe(2)
  expect(english.stderr).toContain(`There is no tenant "${typed}"; did you mean ${tenant.name}? Tenants: `)
  const portuguese = await tenant.run([...argv, typed, '--lang', 'pt-BR'])
  expect(portuguese.stderr).toContain(`Não há empresa (tenant) "${typed}"; seria ${tenant.name}? Existem: `)
  await tenant.close()
})

test('a code that Ponte does not know is wrong use; a Redis that is away ends with 3', async () => {
  const tenant = await setUp.tenant()
  expect((await tenant.run(['retry', 'CRM_REJECT'])).code).toBe(2)
  const away = await tenant.run(['failures', '--json'], { env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  expect(away.code).toBe(3)
  expect(away.data()).toMatchObject({ ok: false, error: { code: 'NOT_REACHABLE' } })
  await tenant.close()
})
