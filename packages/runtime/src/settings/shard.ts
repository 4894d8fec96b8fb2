import { hash } from 'node:crypto'
import { isTenantName } from '@ponte/contracts'
import { z } from 'zod'

/** The tenants that a worker serves: every `of`-th by the hash of its name, or those of a list. */
export type Shard = { readonly number: number; readonly of: number } | { readonly names: readonly string[] }

const MAX_SHARDS = 1000
const message = 'must be a shard such as 2/8 (the second of eight), or names of tenants, separated by commas'

/** `2/8`, or `acme,globex`. */
export const shard = z.string().transform((text, context): Shard => {
  const read = readShard(text)
  if (read !== undefined) return read
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

function readShard(text: string): Shard | undefined {
  const [, first, second] = /^\s*([1-9]\d{0,3})\s*\/\s*([1-9]\d{0,3})\s*$/.exec(text) ?? []
  if (first !== undefined && second !== undefined) {
    const [number, of] = [Number(first), Number(second)]
    return number <= of && of <= MAX_SHARDS ? { number, of } : undefined
  }
  const names = text.split(',').map(name => name.trim())
  return names.every(isTenantName) ? { names } : undefined
}

/**
 * Which of `count` shards a tenant belongs to, counted from 1. It depends on nothing but the name, so all processes agree, and a tenant
 * that comes or goes moves no other.
 */
export const shardOf = (tenant: string, count: number): number =>
  (hash('sha256', tenant, 'buffer').readUInt32BE(0) % count) + 1

/** Without a shard, a worker serves all tenants. */
export function isInShard(tenant: string, own: Shard | undefined): boolean {
  if (own === undefined) return true
  return 'names' in own ? own.names.includes(tenant) : shardOf(tenant, own.of) === own.number
}

/** The names of a list that the tenants file does not have. */
export const missingNames = (
  own: Shard | undefined,
  tenants: readonly { readonly name: string }[],
): readonly string[] =>
  own !== undefined && 'names' in own ? own.names.filter(name => !tenants.some(tenant => tenant.name === name)) : []
