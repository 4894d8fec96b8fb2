import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isInShard, missingNames, shard, shardOf } from './shard.ts'

const tenantName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/)

test('each tenant belongs to exactly one of the shards, whatever their number', () => {
  fc.assert(
    fc.property(tenantName, fc.integer({ min: 1, max: 1000 }), (name, of) => {
      const owners = Array.from({ length: of }, (_unused, index) => index + 1).filter(number =>
        isInShard(name, { number, of }),
      )
      expect(owners).toEqual([shardOf(name, of)])
    }),
  )
})

test.each([2, 3, 8, 50])('a thousand tenants are spread evenly over %i shards', of => {
  const counts = new Map<number, number>()
  for (let index = 0; index < 1000; index++) {
    const own = shardOf(`company-${index}`, of)
    counts.set(own, (counts.get(own) ?? 0) + 1)
  }
  const share = 1000 / of
  // Four standard deviations of what chance alone makes.
  const most = 4 * Math.sqrt(share * (1 - 1 / of))
  expect(counts.size).toBe(of)
  for (const count of counts.values()) expect(Math.abs(count - share)).toBeLessThan(most)
})

test('the shard of a name is the same in every version, because two versions run side by side', () => {
  const shards = ['acme', 'globex', 'initech'].map(name => [shardOf(name, 2), shardOf(name, 8), shardOf(name, 100)])
  expect(shards).toEqual([
    [2, 6, 58],
    [2, 6, 6],
    [1, 3, 59],
  ])
})

test.each([
  { text: '1/1', read: { number: 1, of: 1 } },
  { text: ' 2 / 8 ', read: { number: 2, of: 8 } },
  { text: 'acme', read: { names: ['acme'] } },
  { text: 'acme, globex-2', read: { names: ['acme', 'globex-2'] } },
])('"$text" is read', ({ text, read }) => {
  expect(shard.parse(text)).toEqual(read)
})

test.each(['', '0/8', '9/8', '1/1001', '2/', '1.5/2', '-1/2', 'Acme', 'acme,', 'acme;globex', '1/2,acme'])(
  '"%s" is refused',
  text => {
    expect(shard.safeParse(text).success).toBe(false)
  },
)

test('a list serves its tenants and no other, and says which names the file does not have', () => {
  const own = { names: ['acme', 'globex'] }
  expect(['acme', 'globex', 'acme-2'].map(name => isInShard(name, own))).toEqual([true, true, false])
  expect(missingNames(own, [{ name: 'acme' }, { name: 'other' }])).toEqual(['globex'])
  expect(missingNames({ number: 1, of: 2 }, [])).toEqual([])
  expect(isInShard('anything', undefined)).toBe(true)
})
