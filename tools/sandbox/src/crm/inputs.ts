import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { registries } from './demo-records.ts'
import type { CrmTenant } from './tenant.ts'

/** The longest text that the CRM accepts (docs/vendors/totvs-crm.md#texts). */
const MAX_LENGTH = 255

const text = z.string().max(MAX_LENGTH)
const filledText = text.refine(value => value.trim() !== '', 'must not be empty')
const id = z.uuid()

const leadInput = z.strictObject({
  name: filledText,
  leadSituationId: id,
  leadOriginId: id,
  type: z.literal('LEAD'),
  userId: id,
  tradingName: text.nullish(),
  jobTitle: text.nullish(),
  externalId: text.nullish(),
  website: text.nullish(),
  facebook: text.nullish(),
  linkedin: text.nullish(),
  emails: z
    .array(z.strictObject({ email: z.email().max(MAX_LENGTH), emailTypeId: id, standard: z.boolean() }))
    .optional(),
  phones: z.array(z.strictObject({ number: filledText, phoneTypeId: id, standard: z.boolean() })).optional(),
  addresses: z
    .array(
      z.strictObject({
        addressType: z.strictObject({ id, description: text.optional() }),
        cityName: text.nullish(),
        stateName: text.nullish(),
      }),
    )
    .optional(),
})

const recordReference = z.strictObject({ id, description: text.nullish() })

const opportunityInput = z.strictObject({
  description: filledText,
  status: filledText.optional(),
  leadId: id,
  userId: id,
  pipeline: recordReference,
  stage: recordReference,
  opportunityType: recordReference,
  totalValue: z.number().nullish(),
  lossReason: z.union([text, z.strictObject({ id: id.nullish(), description: text })]).nullish(),
})

/** The members that each of them may have. */
export const writableMembers = { lead: Object.keys(leadInput.shape), opportunity: Object.keys(opportunityInput.shape) }

interface WritableKind {
  readonly whole: z.ZodType<JsonObject>
  readonly part: z.ZodType<JsonObject>
  readonly check: (values: JsonObject, tenant: CrmTenant) => string[]
}

/** The kinds that the integration API writes: the shape of a whole record, of a part, and what must be known. */
export const writableKinds: { readonly lead: WritableKind; readonly opportunity: WritableKind } = {
  lead: { whole: leadInput, part: leadInput.partial(), check: leadProblems },
  opportunity: { whole: opportunityInput, part: opportunityInput.partial(), check: opportunityProblems },
}

function leadProblems(values: JsonObject, tenant: CrmTenant): string[] {
  const lead = leadInput.partial().parse(values)
  return [
    ...unknownId('leadSituationId', lead.leadSituationId, registries.leadSituation),
    ...unknownId('leadOriginId', lead.leadOriginId, registries.leadOrigin),
    ...userProblems(lead.userId, tenant),
    ...(lead.emails ?? []).flatMap(each => unknownId('emails.emailTypeId', each.emailTypeId, registries.emailType)),
    ...(lead.phones ?? []).flatMap(each => unknownId('phones.phoneTypeId', each.phoneTypeId, registries.phoneType)),
    ...(lead.addresses ?? []).flatMap(each =>
      unknownId('addresses.addressType.id', each.addressType.id, registries.addressType),
    ),
  ]
}

function opportunityProblems(values: JsonObject, tenant: CrmTenant): string[] {
  const { records, indexes } = tenant
  const opportunity = opportunityInput.partial().parse(values)
  const idsOf = (kind: 'pipeline' | 'stage' | 'opportunityType') => new Set(records[kind].map(record => record.id))
  // There may be thousands of leads.
  const leadIds = new Set(indexes.lead.find('id', opportunity.leadId ?? '')?.map(({ id }) => id))
  const stage = records.stage.find(record => record.id === opportunity.stage?.id)
  const isAstray = stage && opportunity.pipeline && stage.values.pipelineId !== opportunity.pipeline.id
  const statuses = new Set([tenant.settings.openStatus, tenant.settings.wonStatus, 'LOST', 'DISCARDED', 'CANCELED'])
  return [
    ...unknownId('status', opportunity.status, statuses),
    ...unknownId('leadId', opportunity.leadId, leadIds),
    ...userProblems(opportunity.userId, tenant),
    ...unknownId('pipeline.id', opportunity.pipeline?.id, idsOf('pipeline')),
    ...unknownId('stage.id', opportunity.stage?.id, idsOf('stage')),
    ...unknownId('opportunityType.id', opportunity.opportunityType?.id, idsOf('opportunityType')),
    ...(isAstray ? ['stage.id: a etapa não pertence ao pipeline.'] : []),
  ]
}

const unknownId = (member: string, value: string | undefined, known: ReadonlySet<string>): string[] =>
  value === undefined || known.has(value) ? [] : [`${member}: registro não encontrado.`]

/** TOTVS CRM refuses a record whose user has no role (docs/vendors/totvs-crm.md#users). */
function userProblems(userId: string | undefined, { records }: CrmTenant): string[] {
  if (userId === undefined) return []
  const user = records.user.find(record => record.id === userId)
  if (!user) return ['userId: usuário não encontrado.']
  if (user.values.active !== true) return ['userId: o usuário responsável está inativo.']
  return user.values.roleId ? [] : ['userId: o usuário responsável não possui papel cadastrado.']
}
