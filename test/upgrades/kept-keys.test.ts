import { jobs } from '@ponte/contracts'
import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { documentedKeys } from '../support/kept/documented-keys.ts'
import { formOf } from '../support/kept/form-of.ts'
import { readFixture, readKept } from '../support/kept/kept-keys.ts'
import { toFixture } from '../support/kept/to-fixture.ts'
import { writeEverything } from '../support/kept/write-everything.ts'
import { writeInstallation } from '../support/kept/write-operators.ts'

const tenant = 'acme'
/** What this version keeps. The other files are what earlier versions kept. */
const newest = 'first.json'
/** What to do when this version keeps something else (CONTRIBUTING.md#tests). */
const rewrite = '`npm run keep-redis -- NAME`, after the file was removed if no release had it'
const kept = new Set(readFixture(newest).map(entry => formOf(entry, tenant)))

/** What this version writes, as `npm run keep-redis` does. */
async function writeToday() {
  const server = await startRedis()
  const redis = new Redis(server.url)
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  const written = await writeEverything(redis, tenant, async () => {
    await writeInstallation({ redis, tenant })
    return await readKept(redis)
  })
  return toFixture(written.looked, written)
}

test('every form of a key that is written is in the newest fixture, which later versions read, and no other', async () => {
  const written = new Set((await writeToday()).map(entry => formOf(entry, tenant)))
  expect(
    [...written].filter(form => !kept.has(form)),
    `not in ${newest}: ${rewrite}`,
  ).toEqual([])
  expect(
    [...kept].filter(form => !written.has(form)),
    'written no longer',
  ).toEqual([])
})

/** Whose turn it is to prune queues. */
const forMinutes = /^ponte:housekeeping:/

test('every key that docs/behaviour/redis.md names is in the newest fixture', () => {
  const forms = [...kept].map(form => form.replace(/ \(\w+\)$/, ''))
  const left = documentedKeys.map(({ key }) => key).filter(key => !forms.includes(key) && !forMinutes.test(key))
  expect(left).toEqual([])
})

test('a job of every kind is in the newest fixture', () => {
  const names = [...kept].flatMap(form => /<job> ([a-z]\S+)/.exec(form)?.[1] ?? [])
  expect([...new Set(names)].toSorted(), rewrite).toEqual([...Object.keys(jobs), 'delivery'].toSorted())
})
