import { expect, inject, test } from 'vitest'
import { openTestIngress, rdToken, type TestIngressOptions } from '../testing/open-test-ingress.ts'

const open = async (options: Partial<TestIngressOptions> = {}) => {
  const ingress = await openTestIngress({ redisUrl: inject('redisUrl'), ...options })
  const ask = (token: string, { remoteAddress = '203.0.113.7', forwarded = '' } = {}) =>
    ingress.post(
      'rd-station',
      {},
      {
        headers: { apitoken: token, ...(forwarded && { 'x-forwarded-for': forwarded }) },
        remoteAddress,
      },
    )
  const guess = async (times: number, from = {}) => {
    const statuses: number[] = []
    for (let tried = 0; tried < times; tried++) statuses.push((await ask(`guess-${tried}`, from)).statusCode)
    return statuses
  }
  return { ingress, ask, guess }
}

test('an address that guesses tokens is slowed down and logged; the right token gets through from it', async () => {
  const { ingress, ask, guess } = await open()
  const statuses = await guess(200)
  expect(statuses.slice(0, 30)).toEqual(Array<number>(30).fill(401))
  expect(new Set(statuses.slice(30))).toEqual(new Set([429]))
  const refused = await ask('one more')
  expect(refused.json()).toMatchObject({ code: 'TOO_MANY_WRONG_TOKENS' })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await ask(rdToken)).statusCode).toBe(202)
  expect(await guess(1, { remoteAddress: '203.0.113.8' })).toEqual([401])

  const lines = ingress
    .log()
    .split('\n')
    .filter(line => line.includes('wrong webhook token'))
  expect(lines).toHaveLength(32)
  expect(lines[0]).toContain('"address":"203.0.113.7"')
  expect(ingress.log()).not.toMatch(/guess-|one more/)
  await ingress.close()
})

test('addresses of one /64 of IPv6 count as one', async () => {
  const { ingress, guess } = await open()
  await guess(30, { remoteAddress: '2001:db8:1:2::1' })
  expect(await guess(1, { remoteAddress: '2001:db8:1:2:ffff::9' })).toEqual([429])
  expect(await guess(1, { remoteAddress: '2001:db8:1:3::1' })).toEqual([401])
  await ingress.close()
})

test('X-Forwarded-For counts only when a declared proxy says it', async () => {
  const proxy = '198.51.100.1'
  const from = (forwarded: string) => ({ remoteAddress: proxy, forwarded })
  const bare = await open()
  for (let tried = 0; tried < 30; tried++) await bare.guess(1, from(`192.0.2.${tried}`))
  expect(await bare.guess(1, from('192.0.2.99'))).toEqual([429])
  // The operator is told, once.
  expect(bare.ingress.log().match(/INGRESS_TRUSTED_PROXIES/g)).toHaveLength(1)
  await bare.ingress.close()

  const behind = await open({ trustedProxies: [proxy] })
  await behind.guess(31, from('192.0.2.1'))
  expect(await behind.guess(1, from('192.0.2.2'))).toEqual([401])
  expect(await behind.guess(1, from('192.0.2.1'))).toEqual([429])
  expect(behind.ingress.log()).toContain('"address":"192.0.2.1"')
  expect(behind.ingress.log()).not.toContain('INGRESS_TRUSTED_PROXIES')
  await behind.ingress.close()
})
