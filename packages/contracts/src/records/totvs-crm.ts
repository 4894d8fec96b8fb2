import { z } from 'zod'
import { isRecord } from '../json.ts'
import type { LeadMember } from '../lead-fields.ts'

/**
 * Records of TOTVS CRM as Ponte reads and writes them. Most of this is not published by TOTVS (docs/vendors/totvs-crm.md). Reading is
 * tolerant: unknown members stay, `null` means absent, ids and texts may be numbers.
 */
export type CrmLead = z.infer<typeof crmLead>
export type CrmEmail = z.infer<typeof crmEmail>
export type CrmPhone = z.infer<typeof crmPhone>
export type CrmAddress = z.infer<typeof crmAddress>
export type CrmOpportunity = z.infer<typeof crmOpportunity>
export type CrmUser = z.infer<typeof crmUser>
export type CrmCatalogEntry = z.infer<typeof crmCatalogEntry>

const id = z.union([z.string().min(1), z.number().transform(String)])
const text = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(undefined)
  .transform(value => value?.trim() || undefined)
const optionalId = id
  .nullish()
  .catch(undefined)
  .transform(value => value ?? undefined)
/** A yes or no in any form that an API may write; undefined for `null` and anything else. */
export const crmFlag = z
  .union([
    z.boolean(),
    z.literal([0, 1]).transform(Boolean),
    z.stringbool({ falsy: ['false', '0', 'n', 'no', 'nao', 'não'] }),
  ])
  .nullish()
  .catch(undefined)
  .transform(value => value ?? undefined)

const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(z.unknown())
    .nullish()
    .catch([])
    .transform(values =>
      (values ?? []).flatMap(value => {
        const parsed = item.safeParse(value)
        return parsed.success ? [parsed.data] : []
      }),
    )

const crmEmail = z.looseObject({ email: z.string().min(1), emailTypeId: optionalId, standard: crmFlag })
const crmPhone = z.looseObject({
  number: z.union([z.string().min(1), z.number().transform(String)]),
  phoneTypeId: optionalId,
  standard: crmFlag,
})
const crmAddress = z.looseObject({
  addressType: z
    .looseObject({ id: optionalId })
    .nullish()
    .catch(undefined)
    .transform(value => value ?? undefined),
  cityName: text,
  stateName: text,
})

const sentLead = z.looseObject({
  id,
  name: text,
  externalId: text,
  leadOriginId: optionalId,
  userId: optionalId,
  /** The entries of the lists that Ponte can read. `asStored` has all of them. */
  emails: list(crmEmail),
  phones: list(crmPhone),
  addresses: list(crmAddress),
  /** The whole lead as TOTVS CRM sent it. */
  asStored: z.custom<Readonly<Record<string, unknown>>>(isRecord),
})

export const crmLead = z.preprocess(sent => (isRecord(sent) ? { ...sent, asStored: sent } : sent), sentLead)

/** An entry of a list of a lead: as TOTVS CRM holds it, and as Ponte reads it. */
export type CrmEntry<Read> =
  | { readonly stored: Readonly<Record<string, unknown>>; readonly read: Read }
  | { readonly stored: unknown; readonly read: undefined }

/**
 * All entries, also those that Ponte cannot read; undefined for anything but a list. An update writes a list as a whole, so it writes
 * `stored` for each entry that it does not change.
 */
export const emailEntries = ({ asStored }: CrmLead) => readEntries(crmEmail, asStored['emails'])
export const phoneEntries = ({ asStored }: CrmLead) => readEntries(crmPhone, asStored['phones'])
export const addressEntries = ({ asStored }: CrmLead) => readEntries(crmAddress, asStored['addresses'])

function readEntries<Read>(schema: z.ZodType<Read>, list: unknown): CrmEntry<Read>[] | undefined {
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) return undefined
  return list.map((stored: unknown) => {
    const parsed = schema.safeParse(stored)
    return isRecord(stored) && parsed.success ? { stored, read: parsed.data } : { stored, read: undefined }
  })
}

/** Whether a lead has an e-mail, also one that Ponte cannot read. */
export const hasAnyEmail = ({ asStored: { emails } }: CrmLead): boolean =>
  Array.isArray(emails)
    ? emails.some((entry: unknown) => !isBlank(isRecord(entry) && 'email' in entry ? entry['email'] : entry))
    : !isBlank(emails)

/** Nothing, a blank text, or a list of only these. */
export const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isBlank))

/** A reference to a stage, a pipeline or a type: `{id, description}`, or the description alone. */
const reference = z
  .union([
    z
      .looseObject({ id: optionalId, description: text, name: text })
      .transform(({ id: ownId, description, name }) => ({ id: ownId, description: description ?? name })),
    z.string().transform(description => ({ id: undefined, description })),
  ])
  .nullish()
  .catch(undefined)
  .transform(value => value ?? undefined)

export const crmOpportunity = z.looseObject({
  id,
  status: z.string().min(1),
  leadId: optionalId,
  userId: optionalId,
  description: text,
  opportunityType: reference,
  pipeline: reference,
  stage: reference,
  /** As TOTVS CRM sent it. `readAmount` decides whether it can be the value of a sale. */
  totalValue: z.unknown().optional(),
  /** `{id, description}` or text. */
  lossReason: reference,
  /** As TOTVS CRM sent it, for `readCrmTime`, here and below: a time that cannot be read must not look like a missing one. */
  createdAt: z.unknown().optional(),
  updatedAt: z.unknown().optional(),
  /** Read with `readCustomField`: three representations are known. */
  customFields: z.unknown().optional(),
})

export const crmUser = z.looseObject({
  id,
  name: text,
  roleId: optionalId,
  active: crmFlag,
  userEmail: list(z.looseObject({ email: z.string().min(1) })),
})

/** A stage, a pipeline or an opportunity type. Other members are not kept. */
export const crmCatalogEntry = z.object({
  id,
  description: text,
  /** Only of a stage, where the CRM says it: the pipeline that the stage belongs to. */
  pipelineId: optionalId,
  pipeline: reference,
})

/** The fields that have a member of their own. */
export type LeadTexts = Readonly<Partial<Record<LeadMember, string>>>

/** What Ponte writes when it creates a lead (docs/vendors/totvs-crm.md#lead). The tenant's rules may add members. */
export interface CrmNewLead extends Readonly<Record<string, unknown>>, LeadTexts {
  readonly name: string
  readonly externalId?: string
  readonly leadSituationId: string
  readonly leadOriginId: string
  readonly type: 'LEAD'
  readonly userId: string
  readonly emails: readonly { email: string; emailTypeId: string; standard: boolean }[]
  readonly phones: readonly { number: string; phoneTypeId: string; standard: boolean }[]
  readonly addresses: readonly { addressType: { id: string }; cityName?: string; stateName?: string }[]
}

/** What Ponte writes when it updates a lead: only what RD Station knows. The tenant's rules may add members. */
export interface CrmLeadChange extends Readonly<Record<string, unknown>>, LeadTexts {
  readonly externalId?: string
  readonly emails?: readonly unknown[]
  readonly phones?: readonly unknown[]
  readonly addresses?: readonly unknown[]
}

/** The tenant's rules may add members. */
export interface CrmNewOpportunity extends Readonly<Record<string, unknown>> {
  readonly description: string
  readonly status: string
  readonly leadId: string
  readonly userId: string
  readonly pipeline: { readonly id: string }
  readonly stage: { readonly id: string }
  readonly opportunityType: { readonly id: string }
}

/** The form of ids that the CRM itself gives. */
const RECORD_ID = /^[\w-]{1,64}$/

export const isRecordId = (id: string): boolean => RECORD_ID.test(id)

/**
 * May Ponte read this path? The path comes from outside, and a wrong one would send Ponte to another address
 * (docs/vendors/totvs-crm.md#address-of-an-opportunity). The pattern is a setting (`totvsCrm.contextUrlPattern`), so it does not decide
 * alone.
 */
export const isOpportunityPath = (contextUrl: string, contextUrlPattern: string): boolean =>
  new RegExp(contextUrlPattern).test(contextUrl) &&
  /^\/[\x21-\x7e]*$/.test(contextUrl) &&
  !/\.\.|\/\/|[?#\\%]/.test(contextUrl)

/**
 * An amount as TOTVS CRM may give it: a number, a numeric text (`15000.00`), or one as Brazilians write it (`15.000,00`, `R$ 1.234.567`).
 * Undefined when there is none, `NaN` when it cannot be read. `15.000` cannot be read, because it may be fifteen or fifteen thousand. A
 * sale that is wrong by a factor of a thousand is worse than one that a person has to check.
 */
export function readAmount(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return Number.NaN

  const text = value.replace(/\s/g, '').replace(/^(-?)R\$/i, '$1')
  if (text === '') return undefined
  if (/^-?[1-9]\d{0,2}[.,]\d{3}$/.test(text)) return Number.NaN
  // Java writes large numbers with an exponent.
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^-?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?$/.test(text)) return Number(text.replaceAll('.', '').replace(',', '.'))
  return Number.NaN
}
