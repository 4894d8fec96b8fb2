import { expect, test } from 'vitest'
import { problemsOf } from '../testing/problems-of.ts'
import { cliSettings } from './process-settings.ts'
import { readEnvironment } from './read-environment.ts'

const read = (env: Readonly<Record<string, string>>) => readEnvironment(cliSettings.pick({ REDIS: true }), env).REDIS
const problems = (env: Readonly<Record<string, string>>): readonly string[] => problemsOf(() => read(env))

test('one server is named by its address, with user, password, database and TLS', () => {
  expect(read({ REDIS_URL: 'rediss://ana:a%2Fb@redis.example:6380/2' })).toEqual({
    kind: 'server',
    host: 'redis.example',
    port: 6380,
    database: 2,
    tls: true,
    username: 'ana',
    password: 'a/b',
  })
  expect(read({ REDIS_URL: 'rediss://redis.example', REDIS_TLS: 'true' })).toMatchObject({ tls: true })
  expect(read({ REDIS_URL: 'redis://[::1]' })).toEqual({
    kind: 'server',
    host: '::1',
    port: 6379,
    database: 0,
    tls: false,
  })
})

test('the primary is named by Sentinels, and a Cluster by some of its servers, with user, password and TLS', () => {
  const login = { REDIS_USERNAME: 'ponte', REDIS_PASSWORD: 'word', REDIS_TLS: 'true' }
  const sentinels = { REDIS_SENTINELS: 'one:26379, [::1]:26380,', REDIS_SENTINEL_NAME: 'main' }
  expect(read({ ...login, ...sentinels, REDIS_SENTINEL_PASSWORD: 'theirs' })).toEqual({
    kind: 'sentinel',
    sentinels: [
      { host: 'one', port: 26379 },
      { host: '::1', port: 26380 },
    ],
    name: 'main',
    sentinelPassword: 'theirs',
    username: 'ponte',
    password: 'word',
    tls: true,
  })
  expect(read({ REDIS_CLUSTER: '10.0.0.1:7000,10.0.0.2:7000', REDIS_TLS: 'false' })).toEqual({
    kind: 'cluster',
    nodes: [
      { host: '10.0.0.1', port: 7000 },
      { host: '10.0.0.2', port: 7000 },
    ],
    tls: false,
  })
})

const three = 'REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER'

test.each([
  [{}, `${three}: must be set, exactly one of the three; none is`],
  [{ REDIS_URL: '', REDIS_PASSWORD: 'word' }, `${three}: must be set, exactly one of the three; none is`],
  [
    { REDIS_URL: 'redis://127.0.0.1', REDIS_CLUSTER: '127.0.0.1:7000' },
    `${three}: must be set, exactly one of the three; several are`,
  ],
  [{ REDIS_SENTINELS: '127.0.0.1:26379' }, 'REDIS_SENTINEL_NAME: must be set, because REDIS_SENTINELS is'],
  [
    { REDIS_URL: 'redis://127.0.0.1', REDIS_TLS: 'true' },
    'REDIS_TLS: is true, and REDIS_URL begins with redis://; write rediss:// there',
  ],
])('%o names no Redis that could be used, and the message says so', (env, problem) => {
  expect(problems(env)).toEqual([problem])
})

test.each(['127.0.0.1', 'redis:0', 'redis:70000', 'redis://one:7000', 'one:7000;two:7000', ','])(
  'a Cluster is not found at %s',
  text => {
    expect(problems({ REDIS_CLUSTER: text })).toEqual([
      'REDIS_CLUSTER: must be addresses such as redis-1:6379,redis-2:6379',
    ])
  },
)

test.each([
  'redis://127.0.0.1?commandTimeout=1',
  'redis://127.0.0.1:6379/0?socketTimeout=0',
  'redis://127.0.0.1#fragment',
  'redis://127.0.0.1/path/1',
  'redis://ana:%E0%A4%A@127.0.0.1',
])('an address cannot carry more than what is meant by it: %s', text => {
  expect(problems({ REDIS_URL: text })).toEqual([
    'REDIS_URL: must have nothing behind the port but the number of a database, as in redis://127.0.0.1:6379/1',
  ])
})

test('no message repeats a secret', () => {
  const env = { REDIS_URL: 'redis://ana:hidden@127.0.0.1?x=hidden', REDIS_CLUSTER: 'hidden', REDIS_TLS: 'hidden' }
  expect(problems(env).length).toBeGreaterThan(1)
  expect(problems(env).join()).not.toContain('hidden')
})
