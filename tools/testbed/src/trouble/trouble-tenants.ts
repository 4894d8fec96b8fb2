import type { SandboxClient } from '../sandbox/sandbox-client.ts'
import type { TenantOverrides } from '../ponte/tenants-file.ts'

/** Two companies whose trouble is planted. */
export interface TroubleNames {
  /** Its default user loses the role, and its RD Station is disconnected. */
  readonly acme: string
  /** Its TOTVS CRM wants another field and then goes down, and its RD Station refuses values. */
  readonly nova: string
}

/** The address stands in a field of the form that Ponte is not told of. */
export const EMAIL_FIELD = 'E-mail do responsável'

const PASSWORD = 'senha-da-demonstracao'
const usernameOf = (name: string): string => `ponte@${name}.example`
const rdCredentialsOf = (name: string) => ({
  clientId: `${name}-client`,
  clientSecret: `${name}-secret`,
  refreshToken: `${name}-refresh`,
})

/** Accounts of their own in both systems, so that one company's trouble is not the other's. */
export async function addTroubleAccounts(sandbox: SandboxClient, names: TroubleNames): Promise<void> {
  // Hundreds of marks in a minute: more than RD Station allows, and the demo should not take an hour.
  const settings = { contactsPerMinute: 60_000, eventsPerMinute: 60_000 }
  for (const name of [names.acme, names.nova]) {
    await sandbox.rd(name).put({ ...rdCredentialsOf(name), settings })
    await sandbox.crm(name).put({ username: usernameOf(name), password: PASSWORD })
  }
}

/** What stands in the tenants file of the two. With `knowsEmailField`, `acme` names the field that Ponte was not told of. */
export function troubleTenants(
  { acme, nova }: TroubleNames,
  { knowsEmailField = false } = {},
): Readonly<Record<string, TenantOverrides>> {
  const tenantOf = (name: string): TenantOverrides => ({
    rdStation: { ...rdCredentialsOf(name), minContactAgeSeconds: 0, callsPerMinute: 60_000 },
    totvsCrm: { tenant: name, username: usernameOf(name), password: PASSWORD },
    statusRd: { rounds: 1 },
    // A system that is down stays so until somebody asks for a check.
    circuitBreaker: { failureThreshold: 5, probeSeconds: 300, maxProbeSeconds: 600 },
  })
  return {
    [acme]: { ...tenantOf(acme), ...(knowsEmailField && { leadFields: { email: [EMAIL_FIELD] } }) },
    [nova]: tenantOf(nova),
  }
}
