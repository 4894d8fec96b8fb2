import { expect, test } from 'vitest'
import { isRedisTrouble, redisErrorCode } from './is-redis-trouble.ts'
import { reconnectOnError } from './open-redis.ts'

/** The error in the form in which ioredis throws it. */
const replyError = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' })

const inScript6 = (error: string) =>
  `ERR Error running script (call to f_a0fd4ec3b8e6d92eb2d85cd1ba5a1d2a4b1b2c3d): @user_script:3: @user_script: 3: -${error} `

const failovers = [
  ['a command', "READONLY You can't write against a read only replica."],
  [
    'a script of Redis 7 and Valkey',
    "READONLY You can't write against a read only replica. script: a0fd4ec3b8e6, on @user_script:3.",
  ],
  ['a script of Redis 6.2', inScript6("READONLY You can't write against a read only replica.")],
  ['a blocked read', 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)'],
] as const

test.each(failovers)(
  'a failover that %s meets is noticed: the connection is made anew and the command sent again',
  (_what, message) => {
    expect(reconnectOnError(replyError(message))).toBe(2)
    expect(isRedisTrouble(replyError(message))).toBe(true)
  },
)

test.each([
  ["OOM command not allowed when used memory > 'maxmemory'."],
  [inScript6("OOM command not allowed when used memory > 'maxmemory'.")],
  ['MISCONF Redis is configured to save RDB snapshots'],
  [inScript6('MISCONF Redis is configured to save RDB snapshots')],
  ['NOREPLICAS Not enough good replicas to write.'],
  [inScript6('NOREPLICAS Not enough good replicas to write.')],
  ['LOADING Redis is loading the dataset in memory'],
])('%s is no fault of the job, and no reason for another connection', message => {
  expect(isRedisTrouble(replyError(message))).toBe(true)
  expect(reconnectOnError(replyError(message))).toBe(false)
})

test.each([
  [
    'a mistake in a script',
    'ERR Error running script (call to f_a0fd): @user_script:3: user_script:3: attempt to index a nil value',
  ],
  ['a wrong type', 'WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['a text that only mentions it', 'ERR unknown command READONLY, with args beginning with: '],
  ['a mistake that quotes a value', inScript6("ERR unknown command 'x -READONLY y'").replace(/ $/, '')],
])('%s is a mistake, not trouble of Redis', (_what, message) => {
  expect(isRedisTrouble(replyError(message))).toBe(false)
  expect(reconnectOnError(replyError(message))).toBe(false)
  expect(redisErrorCode(message)).not.toBe('READONLY')
})

test.each([
  'Too many Cluster redirections. Last error: Error: Connection is closed.',
  'None of startup nodes is available',
  "Cluster isn't ready and enableOfflineQueue options is false",
  "Socket timeout. Expecting data, but didn't receive any in 4000ms.",
])('a server that is away or silent is trouble of Redis: %s', message => {
  expect(isRedisTrouble(new Error(message))).toBe(true)
  expect(isRedisTrouble(new Error(`a mistake that quotes: ${message}`))).toBe(false)
})
