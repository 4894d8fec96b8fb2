import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { TenantsFileSource } from '@ponte/contracts'
import { recordNeedle } from '../record-run.ts'

export type TenantSource = TenantsFileSource['tenants'][string]

/** Settings of a tenant that differ from the sandbox's demo connection. */
export type TenantOverrides = {
  readonly [Section in keyof TenantSource]?: Section extends 'fields' | 'updates' | 'routes'
    ? TenantSource[Section]
    : Partial<TenantSource[Section]>
}

/** A tenant that speaks to the sandbox's demo accounts (docs/sandbox.md) in place of the two vendors. */
export function sandboxTenant(
  sandboxUrl: string,
  tokens: { readonly rdStation: string; readonly totvsCrm: string },
  overrides: TenantOverrides = {},
): TenantSource {
  return {
    // A test or a measurement may deliver in a second what a company has in a week.
    intake: { perMinute: 1_000_000, burst: 1_000_000, mebibytesPerMinute: 10_000, mebibytesBurst: 10_000 },
    ...overrides,
    webhookTokens: { ...tokens, ...overrides.webhookTokens },
    rdStation: {
      baseUrl: `${sandboxUrl}/rd`,
      tokenUrl: `${sandboxUrl}/rd/auth/token`,
      clientId: 'demo-client',
      clientSecret: 'demo-secret',
      refreshToken: 'demo-refresh',
      ...overrides.rdStation,
    },
    totvsCrm: {
      baseUrl: `${sandboxUrl}/crm`,
      username: 'ponte@demo.example',
      password: 'demo-password',
      tenant: 'demo',
      ...overrides.totvsCrm,
    },
    variables: { totvs_crm_default_user: 'vendas@demo.example', ...overrides.variables },
  }
}

/** Writes a tenants file (JSON, which is YAML) that only its owner may read, and returns its path. */
export async function writeTenantsFile(folder: string, tenants: TenantsFileSource['tenants']): Promise<string> {
  for (const { webhookTokens, rdStation, totvsCrm } of Object.values(tenants)) {
    for (const token of Object.values(webhookTokens).flat()) recordNeedle('a webhook token', token)
    recordNeedle('a client secret of RD Station', rdStation.clientSecret)
    recordNeedle('a refresh token of RD Station', rdStation.refreshToken)
    recordNeedle('a password of TOTVS CRM', totvsCrm.password)
  }
  const file = path.join(folder, 'ponte.config.yaml')
  await writeFile(file, JSON.stringify({ tenants }, undefined, 2), { mode: 0o600 })
  return file
}
