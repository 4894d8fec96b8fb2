import { createFingerprint, type RedisClient } from '@ponte/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'
import { createPerson, createRecognition } from './person.ts'
import { readKeyspace } from './read-keyspace.ts'
import { isTrace, scrub } from './scrub.ts'

const email = "o'ana.s+rd@cliente.example"
const { belongs } = createRecognition(
  createPerson({ email, phone: '(34) 99000-0001' }),
  createFingerprint(Buffer.alloc(32, 1)),
)

describe('an e-mail is found', () => {
  test.each([
    ['as it is', email],
    ['in another case', email.toUpperCase()],
    ['in JSON', JSON.stringify({ email })],
    ['in JSON inside JSON inside JSON', JSON.stringify(JSON.stringify(JSON.stringify({ text: `\n${email}` })))],
    ['with its @ escaped', JSON.stringify({ email }).replace('@', '\\u0040')],
    ['percent-coded', encodeURIComponent(`x=${email}`)],
    ['percent-coded twice', encodeURIComponent(encodeURIComponent(`"${email}"`))],
    ['at the end of a sentence', `mail to ${email}.`],
    ['between brackets', `<${email}>,`],
    ['after percent coding that is none', `100%zz ${email} %C3`],
  ])('%s', (_form, text) => {
    expect(belongs(text)).toBe('theirs')
  })

  test.each([
    ['a longer name', `mari${email}`],
    ['a longer domain', `${email}.br`],
    ['another name with a dot', `x.${email}`],
    ['the same name elsewhere', email.replace('example', 'exampl')],
    ['a pattern that it would match', email.replaceAll('.', 'x')],
  ])('and not in %s', (_form, text) => {
    expect(belongs(text)).toBe('other')
  })
})

describe('a phone is found', () => {
  test.each([
    '34990000001',
    '+55 34 99000-0001',
    '5534990000001',
    '005534990000001',
    '(034) 99000 0001',
    '55 (34) 9.9000.0001',
  ])('%s', text => {
    expect(belongs(JSON.stringify({ celular: text }))).toBe('theirs')
  })

  test.each(['349900000012', '1349900000015', '99000-0001', '1795534990000001'])('and not in %s', text => {
    expect(belongs(JSON.stringify({ celular: text }))).toBe('other')
  })
})

describe('a free text names the person', () => {
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  const word = fc.stringMatching(/^[a-zà-öø-ü]{2,10}$/)
  const name = fc.array(word, { minLength: 2, maxLength: 4 })
  /** Other words, more than a page reads of one text. */
  const others = fc
    .array(fc.stringMatching(/^[0-9]{1,6}[.,;]?$/), { maxLength: 300, size: 'max' })
    .map(words => words.join(' '))
  const separator = fc.constantFrom(' ', '  ', '-', '_', '\n', '/', ' . ')
  const form = fc.constantFrom<(text: string) => string>(
    text => text,
    text => text.toUpperCase(),
    text => text.normalize('NFD'),
    text => text.normalize('NFD').replaceAll(/\p{M}/gu, ''),
    text => JSON.stringify({ text }),
    text => JSON.stringify(JSON.stringify({ text })),
    text => encodeURIComponent(text),
    text => encodeURIComponent(text).replaceAll('%20', '+'),
  )
  const recognitionOf = (words: readonly string[]) =>
    createRecognition(createPerson({ name: words.join(' ') }), fingerprint)

  test('by a whole name, wherever it stands and in whichever form', () => {
    fc.assert(
      fc.property(name, others, others, separator, form, (words, before, after, between, encode) => {
        const { names } = recognitionOf(words)
        expect(names(encode(`${before} ${words.join(between)} ${after}`))).toBe(true)
        expect(names(encode(`${before} ${after}`))).toBe(false)
      }),
    )
  })

  test('and not by a part of a name, or by words that begin or end with its own', () => {
    fc.assert(
      fc.property(name, others, (words, text) => {
        const { names } = recognitionOf(words)
        expect(names(`${text} x${words.join(' ')} ${text}`)).toBe(false)
        expect(names(`${text} ${words.join(' ')}x ${text}`)).toBe(false)
        expect(names(`${words.slice(0, -1).join(' ')} ${text}.`)).toBe(false)
      }),
    )
  })

  test('by a phone of an own event, also beside the e-mail of another person', () => {
    const person = createPerson({ email })
    person.foundPhones.add('34990000001')
    expect(createRecognition(person, fingerprint).names('bia@outra.example has (34) 99000-0001 too')).toBe(true)
  })
})

const own = useOwnRedis()

/** How each kind of collection is written and read back. */
const collections: Readonly<
  Record<
    string,
    {
      readonly write: (redis: RedisClient, key: string, members: readonly string[]) => Promise<unknown>
      readonly read: (redis: RedisClient, key: string) => Promise<readonly string[]>
    }
  >
> = {
  hash: {
    write: (redis, key, members) => redis.hset(key, Object.fromEntries(members.map(each => [each, each]))),
    read: (redis, key) => redis.hvals(key),
  },
  list: {
    write: (redis, key, members) => redis.rpush(key, ...members),
    read: (redis, key) => redis.lrange(key, 0, -1),
  },
  set: { write: (redis, key, members) => redis.sadd(key, ...members), read: (redis, key) => redis.smembers(key) },
  zset: {
    write: (redis, key, members) => redis.zadd(key, ...members.flatMap(each => [1, each])),
    read: (redis, key) => redis.zrange(key, '0', '-1'),
  },
  stream: {
    write: (redis, key, members) => Promise.all(members.map(each => redis.xadd(key, '*', 'text', each))),
    read: async (redis, key) => (await redis.xrange(key, '-', '+')).map(([, fields]) => fields[1] ?? ''),
  },
}

test.each(Object.entries(collections))(
  'of a %s go the parts that name the person, and no others',
  async (_kind, of) => {
    const { redis, name } = own.tenant
    const recognition = createRecognition(createPerson({ email, phone: '34 99000-0001' }), own.fingerprint)
    const theirs = fc.constantFrom(`${email} ligou`, JSON.stringify({ by: email }), '34 99000-0001')
    // Two halves of the phone may stand beside each other.
    const others = fc.constantFrom('(34) 99000', '0001', `x${email}`, 'cep', '{"by":"ana"}')
    const key = fc.constantFrom(`{${name}}:ponte:any`, `{${name}}:${name}.totvs-crm:events`, `{${name}}:ponte:alerts:1`)
    const members = fc.uniqueArray(fc.oneof(theirs, others), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(key, members, async (at, written) => {
        await redis.flushall()
        await of.write(redis, at, written)
        for await (const entry of readKeyspace(redis, name))
          if (isTrace(entry, recognition)) await scrub(entry, redis, { dryRun: false, recognition })
        const left = written.filter(each => !recognition.holdsPlainly(each))
        expect((await of.read(redis, at)).toSorted()).toEqual(left.toSorted())
      }),
      { numRuns: 50 },
    )
  },
)
