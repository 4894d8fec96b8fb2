import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createVendorAnswers } from './vendor-answers.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

/** The answer of RD Station to a lead of Maria Souza, as somebody with this role reads it. */
async function answerTo(role: 'operator' | 'viewer', answer: string): Promise<string | undefined> {
  const name = `t-${randomUUID()}.rd-station`
  const toKey = (part: string): string => `{test}:${name}:${part}`
  await redis.hset(toKey('job'), 'data', JSON.stringify({ lead: { name: 'Maria Souza', phone: '5548999990000' } }))
  await redis.rpush(toKey('job:logs'), `2026-03-01T12:00:00.000Z RD_REJECTED: ${answer}`)
  const job = { id: 'job', code: 'RD_REJECTED', failedAt: 1 } as const
  const read = (await createVendorAnswers(redis).ofJobs({ name, toKey }, [job], { role })).get('job')
  await redis.del(toKey('job'), toKey('job:logs'))
  return read
}

test('an answer says to everybody what RD Station says to everybody', async () => {
  const plain = 'MISSING: Required property is missing. ($.payload.email)'
  expect([await answerTo('viewer', plain), await answerTo('operator', plain)]).toEqual([plain, plain])
})

test.each([
  '5548999990000 has an invalid format',
  'Maria has an invalid format (leads[0].maria_souza)',
  'MARIA_SOUZA: Must be string. (email)',
])('in an answer like “%s”, the words of the person are masked for everybody', async answer => {
  for (const role of ['viewer', 'operator'] as const)
    expect(await answerTo(role, answer), role).not.toMatch(/maria|souza|99999/i)
})
