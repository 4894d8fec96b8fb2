import { z } from 'zod'
import { secretOf, endpoint, filledText, insecure, path, regularExpression } from './setting-fields.ts'

export type CrmResource = z.infer<typeof crmResource>
export type CrmVariables = z.infer<typeof variables>
export type OpportunityOutcome = z.infer<typeof opportunityOutcome>

const crmResource = z.strictObject({
  service: z.string().min(1),
  resource: z.string().min(1),
  version: z.string().min(1),
})

/** A list that Ponte itself never reads. If it is named here, `ponte doctor` compares the ids of `variables` with it. */
const registry = crmResource.optional().describe('Read by `ponte doctor` only.')

/** What a status of an opportunity in TOTVS CRM means for RD Station. */
const opportunityOutcome = z.enum(['open', 'won', 'lost', 'ignored'])

export const totvsCrm = z.strictObject({
  baseUrl: endpoint.default('https://totvscrm.app').describe('Address of TOTVS CRM.'),
  insecure,
  loginPath: path.default('/api/login').describe('Path of the login.'),
  integrationPath: path.default('/api/integration').describe('Path of the integration API.'),
  username: secretOf('crmCredentials', filledText.describe('Of the user of the integration.')),
  password: secretOf('crmCredentials', filledText.describe('Of the user of the integration.')),
  tenant: filledText.describe('What people type as *empresa* when they log in.'),
  contextUrlPattern: regularExpression
    .default('^/api/v\\d+/opportunity/opportunities$')
    .describe('Paths at which opportunities may be read.'),
  resources: z
    .strictObject({
      lead: crmResource
        .default({ service: 'customer', resource: 'leads-integration', version: 'v1' })
        .describe('Leads.'),
      opportunity: crmResource
        .default({
          service: 'opportunity',
          resource: 'opportunities-integration',
          version: 'v1',
        })
        .describe('Opportunities.'),
      user: crmResource.default({ service: 'user', resource: 'users-integration', version: 'v1' }).describe('Users.'),
      pipeline: crmResource
        .default({
          service: 'opportunity',
          resource: 'pipelines-integration',
          version: 'v1',
        })
        .describe('Pipelines.'),
      stage: crmResource
        .default({ service: 'opportunity', resource: 'stages-integration', version: 'v1' })
        .describe('Stages.'),
      opportunityType: crmResource
        .default({
          service: 'opportunity',
          resource: 'opportunity-types-integration',
          version: 'v1',
        })
        .describe('Types of opportunities.'),
      leadSituation: registry,
      leadOrigin: registry,
      emailType: registry,
      phoneType: registry,
      addressType: registry,
    })
    .prefault({})
    .describe('Service, resource and version of each list in the integration API.'),
  customFields: z.enum(['map', 'list', 'flat']).default('map').describe('How custom fields are written in a record.'),
  statusMap: z
    .record(z.string().min(1), opportunityOutcome)
    .default({
      PROGRESS: 'open',
      WON: 'won',
      LOST: 'lost',
      DISCARDED: 'ignored',
      CANCELED: 'ignored',
    })
    .describe('What each status of an opportunity means: `open`, `won`, `lost` or `ignored`.'),
})

const UNKNOWN = 'is not known yet: `ponte discover` finds it'
/** `ponte init` leaves the variables empty. Only `discover` and `doctor` read such a file (`allowsEmptyVariables`). */
const unlessGiven = {
  error: ({ input }: { readonly input?: unknown }) => (input === undefined || input === null ? UNKNOWN : undefined),
}
const variable = z.string(unlessGiven).min(1, UNKNOWN)

/**
 * The ten variables of the package that TOTVS ships, with its names and sample values (docs/vendors/totvs-crm.md#variables-of-the-package).
 */
export const variables = z.strictObject(
  {
    totvs_crm_leadsituationid: variable
      .default('1aa8633e-5ff3-4bc4-a7d5-1b63a879c4f2')
      .describe('Id of the situation of a new lead (*Ativo*).'),
    totvs_crm_leadoriginid: variable
      .default('ac80e699-8a31-4f20-9833-d1d3656ee89d')
      .describe('Id of the origin of a new lead (*RD Station*).'),
    totvs_crm_emailtypeid: variable
      .default('7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d')
      .describe('Id of the type of the e-mail.'),
    totvs_crm_phonetypeid_main: variable
      .default('d870427c-bbad-4eb8-9af5-5183b47f648f')
      .describe('Id of the type of the main phone.'),
    totvs_crm_phonetypeid_mobile: variable
      .default('67cd545a-cf05-441e-a0ec-635c44e60d41')
      .describe('Id of the type of the mobile phone.'),
    totvs_crm_addresstypeid: variable
      .default('b604f287-36bf-4e6d-ae83-c75c46a2fbeb')
      .describe('Id of the type of the address.'),
    totvs_crm_oportunity_stage: variable
      .default('Abordagem e Investigação')
      .describe('Name or id of the stage of a new opportunity.'),
    totvs_crm_oportunity_type: variable
      .default('Integração RD Station')
      .describe('Name or id of the type of a new opportunity; one that only Ponte uses.'),
    totvs_crm_pipeline: variable
      .default('MQL - Marketing Qualified Lead')
      .describe('Name or id of the pipeline of a new opportunity.'),
    totvs_crm_default_user: variable.describe('E-mail of an active user of TOTVS CRM that has a role.'),
  },
  unlessGiven,
)

/** The sample values, mostly ids of another CRM. A variable that still has its sample value was never set. */
export const sampleVariables: Readonly<CrmVariables> = variables.parse({ totvs_crm_default_user: '-' })

/** Login, integration API and resources as Ponte expects them where the tenants file does not say otherwise. */
export const crmDefaults = totvsCrm.parse({ username: '-', password: '-', tenant: '-' })
