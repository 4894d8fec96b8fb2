import type { JobData } from '@ponte/contracts'
import { parseTenants, type Tenant } from '@ponte/runtime'
import { createFingerprint, createSecretBox, type Fence } from '@ponte/state'
import { sandboxTenant } from '@ponte/testbed'
import type { Redis } from 'ioredis'

/** What the parts of `writeEverything` share. */
export interface Writer {
  readonly redis: Redis
  readonly tenant: string
  /** The proof that the lock of this name is held. */
  readonly fenceOf: (lockName: string) => Fence
  /** When the writing began, in milliseconds since 1970. For what would be dropped if it were old. */
  readonly now: number
}

/** Says what stands in a fixture for a text that is another one in each writing. */
export type Rename = (found: string, fixed: string) => void

/** The keys of an installation that has no secrets. */
export const testFingerprint = createFingerprint(Buffer.alloc(32, 1))
export const testBox = createSecretBox(Buffer.alloc(32, 2))

/** A tenant of this name, as its settings are read. */
export function tenantOf(name: string): Tenant {
  const tokens = { rdStation: 'rd-token-of-the-fixture', totvsCrm: 'crm-token-of-the-fixture' }
  const [tenant] = parseTenants(
    JSON.stringify({ tenants: { [name]: sandboxTenant('http://127.0.0.1:1', tokens) } }),
    {},
  )
  if (tenant === undefined) throw new Error('the settings have one tenant')
  return tenant
}

/** The one person of all that is written. */
export const email = 'maria@x.example'
export const phone = '48999990000'
export const uuid = '5e3a0d1c-0000-4000-8000-000000000001'
export const path = '/api/v11/opportunity/opportunities'
/** A time that is the same in each writing, and a second and an hour later. */
export const at = Date.parse('2026-01-02T03:04:05.000Z')
export const [later, muchLater] = [at + 1000, at + 3_600_000]
export const receivedAt = new Date(at).toISOString()

/** A lead with everything that a job can hold. */
export const lead = {
  ...{ uuid, email, phone, mobilePhone: '48988880000', name: 'Maria Silva', company: 'Casa Exemplo' },
  ...{ jobTitle: 'Gerente', city: 'Joinville', state: 'SC', website: 'https://x.example' },
  ...{ facebook: 'https://facebook.example/maria', linkedin: 'https://linkedin.example/maria' },
  ...{ ownerEmail: 'ana@x.example', conversionIdentifier: 'orcamento', trafficSource: 'google' },
  ...{ convertedAt: receivedAt, deliveredFor: 'mark-or-conversion', markedAt: receivedAt },
  contactCreatedAt: '2026-01-01T00:00:00.000Z',
  values: { 'place:city': ['Joinville'] },
  lacksFunnel: true,
  lacks: ['place:funnel'],
  rehearsal: { format: 'v2', members: ['email'], publicUrl: 'expected', legalBases: 1 },
  messages: [{ key: 'text-cut', values: { field: 'name' } }],
} satisfies JobData<'lead.registered'>['lead']
