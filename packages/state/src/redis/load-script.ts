import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { commandTimeoutOf, type RedisClient, withDeadline } from './redis-client.ts'
import type { Confirmed, KeptStep, Replicas } from './replicas.ts'

const prelude = readFileSync(path.join(import.meta.dirname, 'prelude.lua'), 'utf8')

/**
 * Reads a Lua script beside the module that runs it (`loadScript(import.meta.dirname, 'renew-lock.lua')`). The result runs the script by
 * its digest, and sends the source when Redis does not have it: a restarted Redis forgets its scripts.
 */
export function loadScript(folder: string, file: string, options: ScriptOptions = {}) {
  return toScript(readFileSync(path.join(folder, file), 'utf8'), options)
}

/**
 * Reads the Lua scripts of a file, each of which begins with `--- script NAME`, and gives the one of a name. What stands before the first
 * are functions for all of them.
 */
export function loadScripts(folder: string, file: string) {
  const [shared = '', ...texts] = readFileSync(path.join(folder, file), 'utf8').split(/^--- script /m)
  return (name: string, options: ScriptOptions = {}) => {
    const text = texts.find(each => each.startsWith(`${name}\n`))
    if (text === undefined) throw new TypeError(`${file} has no script ${name}`)
    return toScript(`${shared}\n-- ${text}`, options)
  }
}

interface ScriptOptions {
  /** Lua functions of another file that the script calls. */
  readonly functions?: string
}

function toScript(text: string, { functions = '' }: ScriptOptions) {
  const source = [prelude, functions, text].join('\n')
  const digest = createHash('sha1').update(source).digest('hex')
  const send = async (redis: RedisClient, keys: readonly string[], args: ScriptArguments): Promise<unknown> => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return await redis.eval(source, keys.length, ...keys, ...args)
    }
  }
  // It may wait behind a pipeline that Redis does not answer, and the time-out of a command begins when it is sent.
  const run = async (redis: RedisClient, keys: readonly string[], args: ScriptArguments = []): Promise<unknown> => {
    const deadline = commandTimeoutOf(redis)
    return await (deadline === undefined ? send(redis, keys, args) : withDeadline(send(redis, keys, args), deadline))
  }
  return Object.assign(run, {
    /** Runs it and says whether enough replicas have what it wrote. */
    confirmed: async (
      redis: RedisClient,
      { replicas, step }: { readonly replicas: Replicas; readonly step: KeptStep },
      keys: readonly string[],
      args: ScriptArguments = [],
    ): Promise<Confirmed> => {
      if (replicas.wanted === 0) return { answer: await run(redis, keys, args), isKept: true, holdsBack: false }
      const [key = ''] = keys
      const confirmed = { step, key }
      try {
        return await replicas.confirm(redis, confirmed, pipeline =>
          pipeline.evalsha(digest, keys.length, ...keys, ...args),
        )
      } catch (error) {
        if (!isUnknownScript(error)) throw error
        return await replicas.confirm(redis, confirmed, pipeline =>
          pipeline.eval(source, keys.length, ...keys, ...args),
        )
      }
    },
  })
}

type ScriptArguments = readonly (string | number | Buffer)[]

const isUnknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT')

/** Replaces a text unless somebody has changed it since it was read ('': there was none). Answers 1 when it did. It lives as long as before. */
export const replaceText = loadScript(import.meta.dirname, 'replace-text.lua')

/** The list that a script returned. Throws a TypeError when it is anything else. */
export function listOf(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw new TypeError('a script of Redis returned something other than a list')
  return answer
}
