import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import type { Redis } from 'ioredis'

/** The rights of the page, as its line for `ACL SETUSER` has them behind user and password. */
function readRights(): readonly string[] {
  const text = readFileSync(path.join(repositoryRoot, 'docs/operating/redis.md'), 'utf8')
  const [, rights = ''] = /^ACL SETUSER ponte on >\S+ (.+)$/m.exec(text) ?? []
  return rights.split(' ')
}

export const redisUser = { REDIS_USERNAME: 'ponte', REDIS_PASSWORD: randomBytes(12).toString('hex') }

/**
 * Makes the user with these rights on a server, and keeps whoever does not log in from all keys: watching and replicating go on. The given
 * connection has all rights from now on, until it ends.
 */
export async function requireRedisUser(server: Redis): Promise<void> {
  const { REDIS_USERNAME, REDIS_PASSWORD } = redisUser
  await server.call('ACL', 'SETUSER', REDIS_USERNAME, 'on', `>${REDIS_PASSWORD}`, ...readRights())
  await server.call('ACL', 'SETUSER', 'tester', 'on', 'nopass', '~*', '&*', '+@all')
  await server.auth('tester', 'any')
  await server.call('ACL', 'SETUSER', 'default', 'resetkeys')
}
