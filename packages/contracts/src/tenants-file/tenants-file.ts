import { z } from 'zod'

/** The tenants file (PONTE_CONFIG): every connection this installation serves. SPEC §7. */
export type TenantsFile = z.infer<typeof tenantsFile>
/** The file as it is written: whatever has a default may be left out. */
export type TenantsFileSource = z.input<typeof tenantsFile>
export type TenantSettings = TenantsFile['tenants'][string]
export type CrmResource = z.infer<typeof crmResource>
export type CrmVariables = TenantSettings['variables']
export type LeadField = z.infer<typeof leadField>
export type OpportunityOutcome = z.infer<typeof opportunityOutcome>

const secret = z.string().min(1, 'must not be empty')
const endpoint = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })
const insecure = z
  .boolean()
  .default(false)
  .describe('Allows http: addresses of other hosts: credentials and data then cross the network in clear.')
const path = z.string().startsWith('/', 'must start with "/"')
const seconds = z
  .number()
  .min(0)
  .max(31 * 24 * 3600)
const regularExpression = z.string().refine(isRegularExpression, 'must be a regular expression')

/** A setting that has another name now: whoever still writes the old one is told the new one. */
const formerly = (error: string) => z.never({ error }).optional().describe(`Not used: ${error}.`)

/** One token, or two while the old one is being replaced. */
const webhookTokens = z
  .union([secret.transform(token => [token]), z.array(secret).min(1).max(2)], {
    error: 'must be a token, or a list of one or two',
  })
  .describe(
    'One token, or a list of two during rotation; at least 20 characters, another one for each source and tenant.',
  )

const crmResource = z.strictObject({
  service: z.string().min(1),
  resource: z.string().min(1),
  version: z.string().min(1),
})

/** A list that Ponte itself never reads: named here, `ponte doctor` compares the ids of `variables` with it. */
const registry = crmResource.optional().describe('Only for `ponte doctor`; left out, the ids are not checked.')

/** The fields of a lead that Ponte carries; the names that `leadFields` may extend. SPEC §2.1. */
export const leadField = z.enum([
  'city',
  'company',
  'email',
  'facebook',
  'jobTitle',
  'linkedin',
  'mobilePhone',
  'name',
  'phone',
  'state',
  'website',
])

/** What a status of an opportunity in TOTVS CRM means for RD Station. */
export const opportunityOutcome = z.enum(['open', 'won', 'lost', 'ignored'])

const rdStation = z.strictObject({
  baseUrl: endpoint.default('https://api.rd.services'),
  tokenUrl: endpoint.default('https://api.rd.services/auth/token'),
  insecure,
  clientId: secret,
  clientSecret: secret,
  refreshToken: secret.describe('First value; the one that Ponte stores wins afterwards.'),
  callsPerMinute: z.int().min(1).default(120).describe('120; 500 on the Advanced plan.'),
  maxSaleValue: z.number().min(0).default(99_999_999).describe('Reais.'),
  minContactAgeSeconds: seconds.default(300),
  acceptSyntheticConversions: z.boolean().default(false),
})

const totvsCrm = z.strictObject({
  baseUrl: endpoint.default('https://totvscrm.app'),
  insecure,
  loginPath: path.default('/api/login'),
  integrationPath: path.default('/api/integration'),
  username: secret,
  password: secret,
  tenant: secret,
  contextUrlPattern: regularExpression.default('^/api/v\\d+/opportunity/opportunities$'),
  resources: z
    .strictObject({
      lead: crmResource.default({ service: 'customer', resource: 'leads-integration', version: 'v1' }),
      opportunity: crmResource.default({
        service: 'opportunity',
        resource: 'opportunities-integration',
        version: 'v1',
      }),
      user: crmResource.default({ service: 'user', resource: 'users-integration', version: 'v1' }),
      pipeline: crmResource.default({
        service: 'opportunity',
        resource: 'pipelines-integration',
        version: 'v1',
      }),
      stage: crmResource.default({ service: 'opportunity', resource: 'stages-integration', version: 'v1' }),
      opportunityType: crmResource.default({
        service: 'opportunity',
        resource: 'opportunity-types-integration',
        version: 'v1',
      }),
      leadSituation: registry,
      leadOrigin: registry,
      emailType: registry,
      phoneType: registry,
      addressType: registry,
    })
    .prefault({}),
  customFields: z.enum(['map', 'list', 'flat']).default('map'),
  statusMap: z.record(z.string().min(1), opportunityOutcome).default({
    PROGRESS: 'open',
    WON: 'won',
    LOST: 'lost',
    DISCARDED: 'ignored',
    CANCELED: 'ignored',
  }),
})

/** The ten variables of the package that TOTVS ships, under its names and with its sample values (seed page). */
const variables = z.strictObject({
  totvs_crm_leadsituationid: z.string().min(1).default('1aa8633e-5ff3-4bc4-a7d5-1b63a879c4f2'),
  totvs_crm_leadoriginid: z.string().min(1).default('ac80e699-8a31-4f20-9833-d1d3656ee89d'),
  totvs_crm_emailtypeid: z.string().min(1).default('7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d'),
  totvs_crm_phonetypeid_main: z.string().min(1).default('d870427c-bbad-4eb8-9af5-5183b47f648f'),
  totvs_crm_phonetypeid_mobile: z.string().min(1).default('67cd545a-cf05-441e-a0ec-635c44e60d41'),
  totvs_crm_addresstypeid: z.string().min(1).default('b604f287-36bf-4e6d-ae83-c75c46a2fbeb'),
  totvs_crm_oportunity_stage: z.string().min(1).default('Abordagem e Investigação'),
  totvs_crm_oportunity_type: z.string().min(1).default('Integração RD Station'),
  totvs_crm_pipeline: z.string().min(1).default('MQL - Marketing Qualified Lead'),
  totvs_crm_default_user: z.string().min(1).describe('E-mail of an active CRM user that has a role.'),
})

/** What a variable is that nobody has set: an id of another CRM, as a rule. */
export const sampleVariables: Readonly<CrmVariables> = variables.parse({ totvs_crm_default_user: '-' })

const tenantSettings = z.strictObject({
  marksSince: z.iso
    .datetime({ offset: true, error: 'must be a time with its offset, such as 2026-11-01T00:00:00-03:00' })
    .optional()
    .describe(
      'Opportunities created before are taken as they stand. Without it: from when Ponte first ran for the tenant.',
    ),
  webhookTokens: z.strictObject({ rdStation: webhookTokens, totvsCrm: webhookTokens }),
  rdStation,
  totvsCrm,
  variables,
  statusRd: z
    .strictObject({
      field: z.string().min(1).default('statusRD'),
      rounds: z.int().min(1).max(100).default(3),
      pauseSeconds: seconds.default(60),
    })
    .prefault({}),
  opportunity: z
    .strictObject({
      onlyOne: z
        .enum(['opened-by-ponte', 'any'])
        .default('opened-by-ponte')
        .describe('Which open opportunity of a lead keeps a further conversion from opening another one.'),
    })
    .prefault({}),
  intake: z
    .strictObject({
      perMinute: z.number().positive().default(6000).describe('Events, for each source and each ingress process.'),
      burst: z.number().min(1).default(3000),
      mebibytesPerMinute: z.number().positive().default(64),
      mebibytesBurst: z.number().min(1).default(32),
      quarantineMaxDeliveries: z
        .int()
        .min(1)
        .default(10_000)
        .describe('Deliveries that could not be read and are kept, of the tenant, over all processes.'),
      // The largest body takes 6 MiB when all of it has to be escaped.
      quarantineMaxMebibytes: z.int().min(8).default(256),
    })
    .prefault({})
    .describe('What is above is answered 429; the sender repeats it.'),
  leadFields: z
    .partialRecord(leadField, z.array(z.string().min(1)))
    .default({})
    .describe('Extra places per field, e.g. mobilePhone: ["WhatsApp"].'),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(100).default(12),
      firstDelaySeconds: seconds.default(5),
      maxDelaySeconds: seconds.default(3600),
    })
    .prefault({}),
  circuitBreaker: z
    .strictObject({
      failureThreshold: z.int().min(1).default(5),
      afterFailures: formerly('must now be called failureThreshold'),
      probeSeconds: seconds.default(15),
      maxProbeSeconds: seconds.default(300),
    })
    .prefault({})
    .describe('When a system counts as down or refuses the credential, and how it is probed.'),
  rest: formerly('must now be called circuitBreaker, and its afterFailures failureThreshold'),
})

/** Of `[a-z0-9-]`, because the name stands in URLs, queue names and Redis keys. */
export const isTenantName = (name: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)

export const tenantsFile = z.strictObject({
  tenants: z
    .record(z.string(), tenantSettings)
    .refine(tenants => Object.keys(tenants).length > 0, 'name at least one tenant'),
})

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
