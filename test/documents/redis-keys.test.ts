import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { requireIdentities } from '@ponte/contracts'
import { createLogger, openQueues } from '@ponte/runtime'
import * as state from '@ponte/state'
import { repositoryRoot } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

/** The rows of "What Redis holds" in docs/behaviour.md: the pattern of a key, with what its table says all begin with, and its life. */
const [, section = ''] = readFileSync(path.join(repositoryRoot, 'docs/behaviour.md'), 'utf8').split(
  '\n## What Redis holds\n',
)
const rows = [...section.matchAll(/, each after `([^`]+)`\n\n((?:\|.*\n)+)/g)].flatMap(([, prefix = '', table = '']) =>
  [...table.matchAll(/^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|/gm)].map(([, key = '', life = '']) => ({
    key: `${prefix}${key}`,
    life,
  })),
)

const email = 'maria.canary@x.example'
const phone = '48999990000'
const uuid = '5e3a0d1c-0000-4000-8000-000000000001'

/** Writes through every store, and gives what Redis has of the tenant then. */
async function writeEverything(tenant: string): Promise<readonly { key: string; ttlMs: number }[]> {
  const fingerprint = state.createFingerprint(Buffer.alloc(32, 1))
  const contact = { uuid, email }
  const identities = requireIdentities({ email })
  const policy = { failureThreshold: 9, probeMs: 1000, maxProbeMs: 1000 }
  const lockKey = (name: string): string => state.stateKey(tenant, 'lock', name)
  const names = [state.opportunityLock('o1'), state.leadLock('l1'), state.contactLock(uuid)] as const
  const lock = await state.acquireLock(redis, [lockKey(names[0]), lockKey(names[1]), lockKey(names[2])], { waitMs: 0 })
  const fenceOf = (name: string): state.Fence => {
    if (lock === undefined) throw new Error('nobody else holds the locks of the test')
    return lock.fenceOf(lockKey(name))
  }

  await state.readTenantStart(redis, tenant)
  await state.claimFingerprintKey(redis, [{ name: tenant }], fingerprint)
  const breaker = state.createCircuitBreaker(redis, tenant, policy)
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 1000 })
  const failure = { jobId: 'j', correlationKey: 'c', code: 'CRM_UNREACHABLE', outage: true } as const
  for (const kind of ['read', 'write'] as const) await breaker.fail('totvs-crm', { ...failure, kind })
  await state
    .createCredentialRefusals(redis, tenant, policy)
    .refuse('totvs-crm', { credential: 'c', correlationKey: 'c', code: 'CRM_LOGIN_REJECTED', stage: 'login' })

  const replicas = state.createReplicas({ wanted: 1, waitMs: 1 })
  await replicas.confirmEarlier(redis, 'mark', state.stateKey(tenant, 'confirmed'))
  const tokens = state.createTokenStore(redis, tenant, state.createSecretBox(Buffer.alloc(32, 2)))
  await tokens.replace({ accessToken: 'a', refreshToken: 'r', expiresAt: 1, seed: state.tokenSeed('r'), generation: 1 })
  await tokens.claimGeneration(state.tokenSeed('r'), 0)

  const leads = state.createLeadLedger(redis, tenant, { fingerprint })
  await state.change(redis, [
    leads.beginningOf('l1', { convertedAt: 1 }),
    ...leads.rememberingLeadCreation(identities, 1),
  ])
  const links = state.createContactLinks(redis, tenant, fingerprint)
  await state.change(redis, links.rememberingLead(identities, 'l1'))
  await state.change(redis, links.rememberingContactCreatedAt(contact, '2026-01-01T00:00:00Z'))
  await state.change(redis, links.rememberingSeen(contact))
  await state.change(redis, links.rememberingUnknown({ email: `other-${email}` }))
  await state.change(redis, links.rememberingDelivered(contact))
  const marks = state.createContactMarks(tenant, fingerprint)
  await state.change(redis, marks.beginningOf(contact, Date.now()).made)
  await state.change(redis, [state.createMarkLedger(redis, tenant).addingOpportunityOf(uuid, 'o1')])
  const marked = state.createMarkLedger(redis, tenant, fenceOf)
  const statuses = state.createStatusLedger(redis, tenant, fenceOf)
  const readings = [marked.readingOf('o1'), marked.contactReadingOf(uuid), statuses.readingOf('o1')]
  const valueOf = await state.read(redis, readings)
  for (const reading of readings) valueOf<unknown>(reading)
  await state.runStep(redis, {
    fences: names.map(fenceOf),
    changes: [
      marked.writingOf(uuid, 'o1', { marked: 'open', contact: uuid }),
      marked.contactWritingOf(uuid, { shown: true, sold: false }),
      statuses.writingOf('o1', {}),
    ],
  })
  await state.change(redis, [state.createStatusField(redis, tenant).rememberingUnreadable('o1')])

  const drift = state.createDriftObserver()
  drift.see('crm.lead', {}, 'l1')
  drift.seeUnknown('crm.opportunity', 'status', 'SUSPENDED')

  const look = state.createLook()
  look.see({ id: 'o1', updatedAt: '2026-01-01T00:00:00Z' }, '/api/v11/opportunity/opportunities')

  await state.createReconcileRecord(redis, tenant).write({ at: 1, missing: 0, sent: 0, needsPerson: false })
  await state.createReconcileRecord(redis, tenant).pause()
  await state.createRejectedConversions(redis, tenant, fingerprint, '').remember({ uuid, convertedAt: 1 })

  await state.createOwnerTurns(redis, tenant).take('enterprise', { event: 'k', users: ['u1'] })
  await state.createRuleUse(redis, tenant, [{ member: 'place:city' }]).record([])

  const mode = state.createTenantMode(redis, tenant)
  await mode.declare('shadow')
  await mode.endInShadow({ id: 'j', queue: 'totvs-crm', name: 'lead.registered', data: {}, receivedAt: Date.now() })
  await mode.takeFunnelRead(uuid)
  await mode.declare('live')

  const calendar = state.createCalendar('UTC')
  const rehearsals = state.createRehearsals(redis, tenant, fingerprint)
  const begun = { id: 'r', startedAt: 1, person: fingerprint('rehearsed@x.example'), done: [], funnelCalls: 0 }
  await rehearsals.write({ ...begun, opportunities: [], facts: [] })
  await rehearsals.leaveOut(['rehearsed@x.example'])

  const timelines = state.createTimelines(redis, tenant, fingerprint, calendar)
  const of = { event: 'lead.registered', key: 'k', jobId: 'j', receivedAt: new Date().toISOString() }
  await timelines.begin({ ...of, identities: [email, phone] })
  const run = { kind: 'run', at: 1, event: of.event, jobId: 'j', outcome: 'done' } as const
  await timelines.record({ ...of, identities: [] }, run, { drift, look })
  const ends = state.createFigureCounts()
  ends.ended('lead.registered', 'failed', 'CRM_REJECTED')
  const failed = { ...run, at: 2, outcome: 'failed' } as const
  await timelines.record({ ...of, identities: [] }, failed, { figures: { counts: new Map(), ends: ends.counts } })
  await timelines.record({ ...of, identities: [] }, { kind: 'removed', at: 3, by: 'u', jobId: 'j' })
  const imports = state.createImports(redis, tenant, fingerprint)
  await imports.remember('import-k', identities)
  await imports.takePlaces(['j'], 'jobs:')
  await redis.zadd('edited', 0, 'j')
  await redis.hset('edited:j', 'data', '1')
  await state.createEdits(redis, tenant).exchange({
    ...{ keys: { failed: 'edited', job: 'edited:j' }, queue: 'totvs-crm', jobId: 'j', before: 1, after: 2 },
    record: { event: 'lead.registered', original: { email }, current: {}, changes: [] },
  })
  await redis.del('edited', 'edited:j')
  const causes = state.createCauseRecords(redis, tenant)
  const muted = { by: 'ana', at: 1, count: 1, shapes: [] }
  await causes.change({ queue: 'totvs-crm', code: 'CRM_REJECTED' }, 'mute', { value: muted, failedAt: Date.now() })
  await redis.zadd('resent:failed', 1, 'j')
  const job = { id: 'j', name: 'lead.registered', timestamp: 1, failedReason: 'CRM_REJECTED', data: {} }
  const part = { queueKeys: 'resent:', ids: ['j'], find: async () => job, retry: async () => true }
  const request = { user: 'u', kind: 'all', parts: [{ tenant, queue: 'totvs-crm', ...part }] } as const
  await (await state.beginResend({ redis, fingerprint }, request)).run()
  await redis.del('resent:failed', 'resent:j')
  const episode = { phase: 'open', tries: 0, refusals: 0, notBefore: 0 } as const
  await state.createAlertEpisodes(redis, tenant).write('mail', 'failures', episode)
  const summary = { due: 1, isOver: true, tries: 1, refusals: 0, notBefore: 0 }
  await state.createSummaryRecord(redis, tenant).write('mail', summary)

  const times = state.createLastTimes(redis, tenant)
  await times.record('success', 'rd-station')
  await times.record('delivery', 'rd-station')
  await state.createSelfTests(redis).conclude({ tenant, system: 'rd-station' }, { durationMs: 1 })
  await state.createDoctorResults(redis).write(tenant, { at: 1, problems: 0, variables: 'f', samples: [] })

  const queues = openQueues([{ name: tenant }], redis, createLogger({ level: 'silent', process: 'test' }))
  const own = queues.of(tenant)
  await own.updates.remember('k', 'j')
  const limits = { deliveries: 1, bytes: 1 }
  await own.quarantineSize.measure()
  // Full: it is looked at again.
  await own.quarantineSize.tryReserve(5, limits)
  await expect.poll(() => redis.exists(state.stateKey(tenant, 'quarantine-size:look'))).toBe(1)

  // Last: its life is a second.
  await state.createRateLimiter(redis, tenant, { callsPerMinute: 600 }).reserve('contacts', { maxWaitMs: 0 })
  const found = await Promise.all(
    (await redis.keys(`{${tenant}}:*`)).map(async key => ({ key, ttlMs: await redis.pttl(key) })),
  )
  await queues.close()
  await lock?.release()
  return found.filter(({ key }) => key.startsWith(state.stateKey(tenant, '')))
}

const tenant = `t-${crypto.randomUUID()}`
const written = writeEverything(tenant)

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
/** The keys of a row: `<system>` and the like stand for one part of a key, and `<name>` for the rest of it. */
const patternOf = (row: string): RegExp =>
  new RegExp(
    `^${escape(row.replace('<tenant>', tenant))
      .replaceAll('<name>', '.+')
      .replaceAll(/<[a-z]+>/g, '[^:]+')}$`,
  )
const units: Readonly<Record<string, number>> = { second: 1000, hour: 3_600_000, day: 86_400_000 }

test('every key that Ponte writes for a tenant is in the table, with its life', async () => {
  for (const { key, ttlMs } of await written) {
    const row = rows.find(each => patternOf(each.key).test(key))
    expect(row, `${key} is not in the table`).toBeDefined()
    if (row === undefined) continue
    const [, number, unit = ''] = /^(\d+) (second|hour|day)s?/.exec(row.life) ?? []
    if (number === undefined) {
      expect(row.life).toBe('no end')
      expect(ttlMs, key).toBe(-1)
      continue
    }
    const lifeMs = Number(number) * (units[unit] ?? 0)
    // A little less because it was written before it was read, a little more because a breaker or a slot was open.
    expect(ttlMs, key).toBeGreaterThan(lifeMs * 0.99 - 4000)
    expect(ttlMs, key).toBeLessThanOrEqual(lifeMs + 1500)
  }
})

/** Written by a worker itself, or by the board and the command line: the next tests find their names in the code. */
const elsewhere = /:crm-session:|:connect(?:-result)?:|^ponte:/

test('the table lists no key that nobody writes', async () => {
  const keys = (await written).map(({ key }) => key)
  const unused = rows.filter(row => !elsewhere.test(row.key) && !keys.some(key => patternOf(row.key).test(key)))
  expect(unused.map(({ key }) => key)).toEqual([])
})

const sources = globSync('{packages,apps}/*/src/**/*.ts', { cwd: repositoryRoot })
  .filter(file => !/\.test\.ts$|\/testing\//.test(file))
  .map(file => readFileSync(path.join(repositoryRoot, file), 'utf8'))

/** The first group of each match in the code. */
const findInCode = (pattern: RegExp): readonly string[] =>
  sources.flatMap(source => [...source.matchAll(pattern)].map(([, found = '']) => found))

test('every name that the code gives a key is in the table', () => {
  const names = findInCode(/stateKey\([\w.]+, '([^']+)'/g)
  expect(names.length).toBeGreaterThan(20)
  const listed = rows.map(({ key }) => key.split(':')[2])
  expect(names.filter(name => !listed.includes(name))).toEqual([])
})

test('every key that belongs to no tenant is in the table, and the table lists no other', () => {
  const written = findInCode(/['`](ponte:[a-z-]+(?::[a-z-]+)*)/g)
  const listed = rows.map(({ key }) => key).filter(key => key.startsWith('ponte:'))
  expect(written).not.toEqual([])
  expect(written.filter(key => !listed.includes(key))).toEqual([])
  expect(listed.filter(key => !written.some(name => key.startsWith(name)))).toEqual([])
})

test('no key holds an e-mail or a phone', async () => {
  expect((await written).map(({ key }) => key).join('\n')).not.toMatch(/canary|x\.example|48999990000/)
})
