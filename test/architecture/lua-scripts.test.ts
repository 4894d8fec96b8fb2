import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'

const root = path.join(import.meta.dirname, '..', '..')
const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const prelude = 'packages/state/src/redis/prelude.lua'
const scripts = globSync('{packages,apps}/*/src/**/*.lua', { cwd: root }).filter(file => file !== prelude)

test('every Lua script is run by a module beside it', () => {
  expect(scripts.length).toBeGreaterThan(20)
  const unused = scripts.filter(file => {
    const modules = globSync(`${path.dirname(file)}/*.ts`, { cwd: root }).filter(each => !each.endsWith('.test.ts'))
    // A file of functions is read by the module that names them, for the scripts of others.
    const name = `(import.meta.dirname, '${path.basename(file)}'`
    const loads = [`loadScript${name}`, `loadScripts${name}`, `readFileSync(path.join${name}`]
    return !modules.some(each => loads.some(call => readFileSync(path.join(root, each), 'utf8').includes(call)))
  })
  expect(unused).toEqual([])
})

test('modules hold no Lua of their own', () => {
  const modules = globSync('{packages,apps}/*/src/**/*.ts', { cwd: root }).filter(file => !file.includes('/testing/'))
  const holders = modules.filter(file => readFileSync(path.join(root, file), 'utf8').includes('redis.call('))
  expect(holders).toEqual([])
})

test.each(scripts)('%s names its keys and arguments at its top, and Redis can read it', async file => {
  const [shared = '', ...others] = readFileSync(path.join(root, file), 'utf8').split(/^--- script .+$/m)
  const functions = readFileSync(path.join(root, prelude), 'utf8')
  for (const text of others.length === 0 ? [shared] : others) {
    await redis.script('LOAD', [functions, ...(others.length === 0 ? [] : [shared]), text].join('\n'))
    const body = text.trimStart().slice(text.trimStart().indexOf('\n\n'))
    expect(body).not.toMatch(/(?:ARGV|KEYS)\[\d/)
  }
})
