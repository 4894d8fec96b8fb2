import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { RedisClient } from './redis-client.ts'

const prelude = readFileSync(path.join(import.meta.dirname, 'prelude.lua'), 'utf8')

/**
 * Reads a Lua script beside the module that runs it (`loadScript(import.meta.dirname, 'admit.lua')`). The result runs the script by its
 * digest, and sends the source when Redis does not have it: a restarted Redis forgets its scripts. `functions`: Lua functions that the
 * script calls.
 */
export function loadScript(folder: string, file: string, { functions = '' }: { readonly functions?: string } = {}) {
  const source = [prelude, functions, readFileSync(path.join(folder, file), 'utf8')].join('\n')
  const digest = createHash('sha1').update(source).digest('hex')
  return async (
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[] = [],
  ): Promise<unknown> => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return await redis.eval(source, keys.length, ...keys, ...args)
    }
  }
}

/** The list that a script returned. Throws a TypeError when it is anything else. */
export function listOf(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw new TypeError('a script of Redis returned something other than a list')
  return answer
}
