import { documentedKeys, patternOf } from './documented-keys.ts'
import type { KeptKey } from './kept-keys.ts'

/** What BullMQ names after what it holds. All its other keys are named after jobs. */
const namesOfBullmq = new Set('active completed delayed failed id marker meta pc prioritized wait'.split(' '))

/**
 * What is alike in keys of one store: the row of docs/behaviour/redis.md, or which key of BullMQ it is, with its type. Of a job also its name and
 * the version of its data.
 */
export function formOf(entry: KeptKey, tenant: string): string {
  const { key, type } = entry
  const row = documentedKeys.find(each => patternOf(each.key, tenant).test(key))
  if (row !== undefined) return `${row.key} (${type})`
  const { queue, rest = '' } = /^\{[^}]+\}:[^:]+\.(?<queue>[a-z-]+):(?<rest>.+)$/.exec(key)?.groups ?? {}
  if (queue === undefined) throw new Error(`docs/behaviour/redis.md does not name ${key}`)
  return `${queue}:${formOfBullmq(rest, entry)} (${type})`
}

function formOfBullmq(rest: string, entry: KeptKey): string {
  if (namesOfBullmq.has(rest)) return rest
  const [first = '', last = ''] = rest.split(':')
  if (first === 'de' || first === 'dn') return `${first}:<id>`
  if (last !== '') return `<job>:${last}`
  if (entry.type !== 'hash') return rest
  const [, version = ''] = /"v":(\d+)/.exec(entry.value['data'] ?? '') ?? []
  return `<job> ${entry.value['name']} v${version}`
}
