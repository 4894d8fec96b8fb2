import { createImports, createTenantMode, modeKey, MAX_IMPORTING, readFigures, sumFigures } from '@ponte/state'
import { requireIdentities } from '@ponte/contracts'
import { countUndone } from '@ponte/runtime'
import type { SandboxClient } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { type SetUpTenant, useCliSetUp, useFolder } from '../testing/use-cli-set-up.ts'
import { textsOf } from '../texts/texts.ts'
import { describeImport, noCounts } from './import.ts'

const cli = useCliSetUp()

const { write } = useFolder()
const fileOf = (lines: readonly string[]) => write(lines.join('\r\n'))
const headings = 'Email;Nome;Data da última conversão'
const row = (name: string, at = '2023-07-11 16:39:06 -0300') => `${name}@cliente.example;${name};${at}`
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(`lead-${index}`))
const jobsOf = ({ queues }: SetUpTenant) => queues['totvs-crm'].getJobs(['prioritized', 'waiting', 'delayed'])

test('each row waits behind live events as an imported lead; what cannot be read is named by its number alone', async () => {
  const tenant = await cli.newTenant()
  const file = await fileOf([headings, row('ana'), 'segredo;Bia;', row('caio', ''), '"dora;Dora;', row('eva')])
  const { code, data, stdout, stderr } = await tenant.run(['import', file, '--json'])
  expect(code).toBe(1)
  expect(data()).toEqual({
    ok: false,
    tenant: tenant.name,
    dryRun: false,
    opensOpportunities: false,
    interrupted: false,
    rows: 4,
    sent: 2,
    done: 0,
    waiting: 0,
    gone: 0,
    linesNotRead: 1,
    unreadableDates: 0,
    roundedPhones: 0,
    unreadable: [
      { reason: 'LEAD_WITHOUT_IDENTITY', records: [{ from: 3, to: 3 }] },
      { reason: 'unclosed-quote', records: [{ from: 5, to: 5 }] },
    ],
  })
  expect(stdout + stderr).not.toMatch(/segredo|Dora|cliente\.example/)
  const jobs = await jobsOf(tenant)
  expect(jobs.map(({ data }) => data).toSorted((one, other) => one.lead.email.localeCompare(other.lead.email))).toEqual(
    [
      expect.objectContaining({
        v: 2,
        lead: { email: 'ana@cliente.example', name: 'ana', convertedAt: '2023-07-11T19:39:06.000Z' },
        import: { opensOpportunity: false, isUndated: false },
      }),
      expect.objectContaining({
        lead: { email: 'caio@cliente.example', name: 'caio' },
        import: { opensOpportunity: false, isUndated: true },
      }),
    ],
  )
  expect(jobs.every(job => (job.opts.priority ?? 0) > 0)).toBe(true)
  // It is no delivery of RD Station, so it says nothing about what those look like.
  expect(jobs.every(job => job.data.seen === undefined)).toBe(true)
})

test('rows whose phone or date a spreadsheet has rewritten are counted, and sent without it where somebody is still named', async () => {
  const tenant = await cli.newTenant()
  const phones = ['ana@x.example;;;5,51199E+12', ';Bia;;5,51199E+12', ';Caio;;5511987654321.0']
  const dates = ['11/07/2023 16:39', '45118,6938', '2023-07-11 16:39:06'].map((at, index) => `${row(`x${index}`, at)};`)
  const file = await fileOf(['sep=;', `${headings};Celular`, ...phones, ...dates, `${row('dora')};`])
  const { code, data } = await tenant.run(['import', file, '--json'])
  expect([code, data()]).toMatchObject([1, { rows: 7, sent: 6, roundedPhones: 2, unreadableDates: 3 }])
  expect((await jobsOf(tenant)).filter(job => job.data.import.isUndated)).toHaveLength(5)
})

const spoken = {
  en: [
    '8 records read: 1 sent, 0 done before.',
    '4 records cannot be read:',
    '  2–3, 5: not as many cells as there are headings.',
    '  6: No field that Ponte reads has a usable e-mail or phone of the lead.',
    expect.stringMatching(/^1 line of the file was not read/),
    expect.stringMatching(
      /^3 records have a date that cannot be read, and will only fill what is empty in TOTVS CRM\./,
    ),
    expect.stringMatching(/^2 records have a phone that a spreadsheet has rounded \(5,51199E\+12\)\./),
  ],
  'pt-BR': [
    '8 registros lidos: 1 enviado, 0 já feitos antes.',
    expect.stringMatching(/^4 registros que não podem ser lidos:/),
    expect.stringMatching(/^ {2}2–3, 5: /),
    expect.stringMatching(/^ {2}6: /),
    expect.stringMatching(/^1 linha do arquivo não foi lida/),
    expect.stringMatching(/^3 registros têm uma data que não pode ser lida e só vão preencher o que está vazio/),
    expect.stringMatching(/^2 registros têm um telefone que uma planilha arredondou \(5,51199E\+12\)\./),
  ],
}

test.each(['en', 'pt-BR'] as const)(
  'a person reads the numbers of the records, and why, in the own language: %s',
  language => {
    const counts = { ...noCounts, rows: 8, sent: 1, linesNotRead: 1, unreadableDates: 3, roundedPhones: 2 }
    const rangeOf = (from: number, to = from) => ({ from, to })
    const unreadable = [
      { reason: 'cells', records: [rangeOf(2, 3), rangeOf(5)] },
      { reason: 'LEAD_WITHOUT_IDENTITY', records: [rangeOf(6)] },
    ]
    const session = { texts: textsOf[language], language, paint: (_look: string, text: string) => text }
    expect(describeImport({ counts, unreadable, isDryRun: false }, session)).toEqual(spoken[language])
  },
)

test('a row that is done is not sent again with the same options; one that waits is neither sent nor counted twice', async () => {
  const tenant = await cli.newTenant()
  const file = await fileOf([headings, row('ana'), row('bia')])
  const run = async (...options: string[]) => (await tenant.run(['import', file, '--json', ...options])).data()
  const received = async () => {
    const request = { period: '24h', now: Date.now(), timeZone: 'America/Sao_Paulo' } as const
    const spans = (await readFigures(tenant.redis, [tenant.name], request)).get(tenant.name) ?? []
    return sumFigures(spans.map(({ figures }) => figures)).received
  }
  expect(await run()).toMatchObject({ sent: 2 })
  const [job] = await jobsOf(tenant)
  const imports = createImports(tenant.redis, tenant.name, cli.fingerprint)
  await imports.remember(job?.data.key, requireIdentities(job?.data.lead))
  expect(await run()).toMatchObject({ sent: 0, done: 1, waiting: 1, ok: true })
  expect(await received()).toEqual({ 'lead.registered': 2 })
  expect(await jobsOf(tenant)).toHaveLength(2)
  expect(await run('--open-opportunities')).toMatchObject({ sent: 2, done: 0, opensOpportunities: true })
})

test('--dry-run reads all, names what cannot be read, and sends nothing', async () => {
  const tenant = await cli.newTenant()
  const file = await fileOf([headings, ...rows(120), ';Bia;'])
  const { code, data } = await tenant.run(['import', file, '--dry-run', '--json'])
  expect(code).toBe(1)
  expect(data()).toMatchObject({
    rows: 121,
    sent: 120,
    unreadable: [{ reason: 'LEAD_WITHOUT_IDENTITY', records: [{ from: 122, to: 122 }] }],
  })
  expect(await jobsOf(tenant)).toEqual([])
  expect(await tenant.redis.keys(`{${tenant.name}}:ponte:timeline*`)).toEqual([])
})

test('never more than 500 wait; Ctrl-C ends it well, and the same command goes on from there', async () => {
  const tenant = await cli.newTenant()
  const file = await fileOf([headings, ...rows(MAX_IMPORTING + 20)])
  let interrupt: (() => void) | undefined
  const { code, stdout, stderr } = await tenant.run(['import', file, '--lang', 'pt-BR'], {
    isTerminal: true,
    onInterrupt: listener => {
      interrupt = listener
      return () => undefined
    },
    onStderr: text => {
      if (text.includes('500 na fila')) interrupt?.()
    },
  })
  expect(code).toBe(130)
  expect(stderr).toMatch(/\[#+-*\] +\d+ %/)
  expect(stdout).toContain('repita o mesmo comando para o restante')
  expect(await jobsOf(tenant)).toHaveLength(MAX_IMPORTING)

  await tenant.startWorker('totvs-crm', async () => undefined)
  const again = await tenant.run(['import', file, '--json'])
  expect(again.code).toBe(0)
  expect(again.data()).toMatchObject({ rows: 520, sent: 20, waiting: 500 })
  expect(again.stderr).toBe('')
})

test.each([
  ['a file that is not there', ['import', '/no/such/file.csv'], /no\/such\/file/],
  ['neither file nor segmentation', ['import'], /--segmentation/],
  ['both', ['import', 'a.csv', '--segmentation', '1'], /--segmentation/],
])('%s is wrong use', async (_what, argv, words) => {
  const tenant = await cli.newTenant()
  const { code, stderr } = await tenant.run(argv)
  expect(code).toBe(2)
  expect(stderr).toMatch(words)
})

test.each([
  ['empty', ''],
  ['without a column that names a person', 'Nome;Cidade\nAna;Uberaba'],
  ['of 10,000 columns', `Email${';x'.repeat(10_000)}\n`],
])('a file that is %s is wrong use, and nothing is sent', async (_what, text) => {
  const tenant = await cli.newTenant()
  const { code } = await tenant.run(['import', await fileOf([text])])
  expect(code).toBe(2)
  expect(await jobsOf(tenant)).toEqual([])
})

const rd = (): ReturnType<SandboxClient['rd']> => cli.rd()

test('the contacts of a segmentation come by pages; a 429 is waited for, and what is done is not read again', async () => {
  const tenant = await cli.newTenant({ rdStation: { callsPerMinute: 60_000 } })
  await rd().change({ settings: { contactsPerMinute: 60_000 } })
  const uuids: string[] = []
  for (let index = 0; index < 130; index += 1) {
    const { uuid } = await rd().addContact({ email: `c${index}@cliente.example`, name: `C ${index}` })
    if (index > 0) await rd().convert(uuid, { at: '2026-01-05T12:00:00Z' })
    uuids.push(uuid)
  }
  await rd().setSegmentation('77', uuids)
  for (const path of ['page=2&', '/platform/contacts/'])
    await cli.client.addFault({
      system: 'rd-station',
      kind: 'status',
      status: 429,
      match: { path },
      headers: { 'retry-after-quotas': '1' },
      body: { message: 'API rate limit exceeded' },
    })
  const run = async () => (await tenant.run(['import', '--segmentation', '77', '--json'])).data()
  expect(await run()).toMatchObject({ ok: true, rows: 130, sent: 130 })
  const jobs = await jobsOf(tenant)
  expect(new Set(jobs.map(({ data }) => data.lead.uuid))).toEqual(new Set(uuids))
  const undated = jobs.filter(({ data }) => data.import.isUndated)
  expect(undated.map(({ data }) => data.lead.email)).toEqual(['c0@cliente.example'])

  const imports = createImports(tenant.redis, tenant.name, cli.fingerprint)
  for (const { data } of jobs) await imports.remember(data.key, requireIdentities(data.lead))
  const { contacts } = await rd().quotas()
  expect(await run()).toMatchObject({ sent: 0, done: 130 })
  expect((await rd().quotas()).contacts.calls).toBe(contacts.calls)
})

test('a segmentation that RD Station does not have is wrong use', async () => {
  const tenant = await cli.newTenant()
  const { code, stderr } = await tenant.run(['import', '--segmentation', '404'])
  expect(code).toBe(2)
  expect(stderr).toContain('404')
})

test('in the shadow nothing is imported, and nothing is read', async () => {
  const tenant = await cli.newTenant()
  await createTenantMode(tenant.redis, tenant.name).declare('shadow')
  const { code, stderr } = await tenant.run(['import', 'no-such-file.csv', '--dry-run'])
  expect(code).toBe(2)
  expect(stderr).toContain('is in the shadow')
  expect(await jobsOf(tenant)).toEqual([])
})

test('an import stops when its tenant goes back, what it sent stays Ponte’s, and the same command goes on once it is live again', async () => {
  const tenant = await cli.newTenant()
  const mode = createTenantMode(tenant.redis, tenant.name)
  await mode.declare('live')
  const file = await fileOf([headings, ...rows(MAX_IMPORTING + 20)])
  let goesBack: Promise<unknown> | undefined
  const { code, stdout } = await tenant.run(['import', file, '--lang', 'en'], {
    isTerminal: true,
    onStderr: text => {
      if (text.includes('500 waiting')) goesBack ??= mode.goBack('draining')
    },
  })
  expect(await goesBack).toMatchObject({ isDraining: true })
  expect([code, stdout]).toEqual([2, expect.stringContaining('500 sent, 0 done before.')])
  expect(stdout).toContain('Stopped: the tenant goes back into the shadow')
  const sent = await jobsOf(tenant)
  expect(sent).toHaveLength(MAX_IMPORTING)
  expect(await countUndone(tenant)).toBe(MAX_IMPORTING)

  await tenant.redis.del(modeKey(tenant.name))
  await tenant.startWorker('totvs-crm', async () => undefined)
  expect((await tenant.run(['import', file, '--json'])).data()).toMatchObject({ ok: true, sent: 20, waiting: 500 })
})
