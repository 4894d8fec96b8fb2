import { readFigures, sumFigures } from '@ponte/state'
import { plantHistory } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.quit())

test('the day that the demo plants is one that Ponte could have counted: every hour but the one that has not ended, and nothing failed', async () => {
  const names = { acme: `acme-${crypto.randomUUID()}`, nova: `nova-${crypto.randomUUID()}` }
  const now = Date.now()
  await plantHistory({ redisUrl: inject('redisUrl'), names, now })
  const request = { now, timeZone: 'America/Sao_Paulo' }
  for (const tenant of Object.values(names)) {
    const hours = (await readFigures(redis, [tenant], { ...request, period: '24h' })).get(tenant) ?? []
    expect(hours.map(({ figures }) => figures.leads.created > 0)).toEqual([...Array(23).fill(true), false])
    const day = sumFigures(hours.map(({ figures }) => figures))
    expect(new Set(day.ended.map(({ event, outcome }) => `${event} ${outcome}`))).toEqual(
      new Set(
        ['lead.registered', 'opportunity.created', 'opportunity.won', 'opportunity.lost'].map(event => `${event} done`),
      ),
    )
    const done = day.ended.reduce((sum, { count }) => sum + count, 0)
    expect(Object.values(day.received).reduce((sum, count) => sum + count, 0)).toBe(done)
    expect([...day.times.values()].reduce((sum, count) => sum + count, 0)).toBe(done)
    expect(day.firstTry).toBe(done)
    const days = (await readFigures(redis, [tenant], { ...request, period: '7d' })).get(tenant) ?? []
    expect(sumFigures(days.map(({ figures }) => figures))).toEqual(day)
  }
})
