import { createProcessRecord, type ProcessUse } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { type ProcessDeps, readProcessConcerns } from './process-concerns.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const restart = 'docker compose up -d {process}'
const now = 100_000
const setting = 'totvsCrm.password'

type Use = Partial<ProcessUse> & { readonly password?: string }

/** A tenant with processes that use these values of its password. */
async function run(...uses: readonly Use[]) {
  const tenant = `t-${crypto.randomUUID()}`
  for (const { password, ...use } of uses) {
    const record = createProcessRecord(redis, crypto.randomUUID())
    onTestFinished(() => record.forget())
    const credentials = new Map(password === undefined ? [] : [[setting, password]])
    const usual = { kind: 'worker', key: 'key', file: { fingerprint: 'file', readAt: 0 } } as const
    await record.write({ ...usual, ...use, tenants: new Map([[tenant, credentials]]) })
  }
  const ask = async (own?: string, key = 'key') => {
    const known: ProcessDeps =
      own === undefined ? {} : { own: { key, credentials: new Map([[tenant, new Map([[setting, own]])]]) } }
    const { refusedFile, concerns, compared } = await readProcessConcerns(redis, [tenant], { restart, now, ...known })
    return { ...concerns.get(tenant), refusedFile, isCompared: compared.has(tenant) }
  }
  return { ask, old: async (...asked: Parameters<typeof ask>) => (await ask(...asked)).oldCredentials ?? [] }
}

const found = (isNewestKnown: boolean, ...processes: readonly ProcessUse['kind'][]) => [
  { setting, processes, isNewestKnown, restart: processes.map(kind => `docker compose up -d ${kind}`) },
]

test('a worker whose password is not the one that the command reads is said, with the line that restarts it', async () => {
  const { ask, old } = await run({ password: 'old' })
  expect(await old('new')).toEqual(found(true, 'worker'))
  expect(await ask('old')).toEqual({ refusedFile: [], isCompared: true })
})

test('of two workers of which one is old, it is said whether the new one is known or not', async () => {
  const { old } = await run({ password: 'old' }, { password: 'new' })
  expect(await old('new')).toEqual(found(true, 'worker'))
  expect(await old()).toEqual(found(false, 'worker'))
})

test('where the newest value is not known, all who differ are named', async () => {
  const { old } = await run({ password: 'one' }, { kind: 'board', password: 'two' }, { kind: 'ingress' })
  expect(await old()).toEqual(found(false, 'worker', 'board'))
})

test('processes that read a file again just now are not compared with each other', async () => {
  const { old } = await run({ password: 'old' }, { password: 'new', file: { fingerprint: 'f', readAt: now - 9999 } })
  expect(await old()).toEqual([])
})

test('who has another fingerprint key is not compared', async () => {
  const { old } = await run({ password: 'old' }, { key: 'other', password: 'another' })
  expect(await old('old')).toEqual([])
  expect(await old('new', 'third')).toEqual([])
  expect(await old()).toEqual([])
})

test('a process that refuses the tenants file is said with its first refusal, and is not to be restarted', async () => {
  const refused = (since: number) => ({ problems: [`mistake of ${since}`], since })
  const { ask } = await run({ password: 'old', refused: refused(6) }, { password: 'old', refused: refused(5) })
  expect(await ask('new')).toEqual({
    refusedFile: [{ process: 'worker', problems: ['mistake of 5'], since: 5 }],
    refusedFileBy: ['worker'],
    oldCredentials: [],
    isCompared: false,
  })
})

test('what nothing was compared with is said: no process, one alone, one without the credential, another key, a file that just changed', async () => {
  const isCompared = async (uses: readonly Use[], ...asked: [own?: string, key?: string]) =>
    (await (await run(...uses)).ask(...asked)).isCompared
  const [one, other]: readonly [Use, Use] = [{ password: 'one' }, { password: 'one', kind: 'board' }]
  const fresh = { ...other, file: { fingerprint: 'f', readAt: now - 9999 } }
  expect(await isCompared([], 'one')).toBe(false)
  expect(await isCompared([{ kind: 'ingress' }], 'one')).toBe(false)
  expect(await isCompared([one], 'one', 'other')).toBe(false)
  expect(await isCompared([one])).toBe(false)
  expect(await isCompared([one, fresh])).toBe(false)
  expect(await isCompared([one, other])).toBe(true)
  expect(await isCompared([one, fresh], 'one')).toBe(true)
})
