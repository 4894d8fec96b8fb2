import type { CrmRecords, ProbedKind } from '@ponte/clients'
import {
  type CrmCatalogEntry,
  type CrmUser,
  type CrmVariables,
  type FailureCode,
  type Language,
  textIn,
  type Texts,
  sampleVariables,
  type CrmLead,
  isRecordId,
  phoneDigits,
} from '@ponte/contracts'
import { chooseCatalogEntries, pipelineOfStage } from '@ponte/mappers'
import { holdsReference } from '@ponte/runtime'
import {
  type CatalogKind,
  catalogVariables,
  leadIds,
  emailsOfUsableUsers,
  stateOfUser,
  nameOf,
  type IdList,
  idsUsedBy,
  isSameId,
  type LeadId,
  explain,
  textRows,
} from '@ponte/operations'

/** The ids that a variable may mean. */
interface IdCandidates {
  readonly ids: readonly string[]
  readonly isCertain: boolean
}

interface PhoneType {
  readonly id: string
  readonly isMobile: boolean
  readonly isStandard: boolean
}

/**
 * Which types of a lead's phones are the one of main phones and the one of mobile phones. A Brazilian mobile number has nine digits, the
 * first of which is 9. One type alone with a mobile number may be either, because people type mobile numbers into the field of the main
 * phone. `nameOf`: what TOTVS CRM calls a type, where it lists them.
 */
export function findPhoneTypes(
  { phones }: CrmLead,
  nameOf: (id: string) => string | undefined,
): { readonly main: IdCandidates; readonly mobile: IdCandidates } {
  const byId = Map.groupBy(phones, ({ phoneTypeId = '' }) => phoneTypeId)
  byId.delete('')
  const types = [...byId].map(([id, own]): PhoneType => {
    const name = nameOf(id)
    const isMobile = name === undefined ? own.every(({ number }) => isMobileNumber(number)) : isMobileName(name)
    return { id, isMobile, isStandard: own.some(({ standard }) => standard === true) }
  })
  const [mobile, others] = [types.filter(type => type.isMobile), types.filter(type => !type.isMobile)]
  if (others.length > 0) return { main: candidates(standardOf(others)), mobile: candidates(mobile) }
  const [only, ...more] = types
  if (only !== undefined && more.length === 0 && nameOf(only.id) !== undefined)
    return { main: candidates([]), mobile: candidates(types) }
  // Only mobile numbers: the main one is the standard one.
  const main = standardOf(types)
  if (main.length === 1 && more.length > 0)
    return { main: candidates(main), mobile: candidates(types.filter(type => !main.includes(type))) }
  const either = { ids: types.map(({ id }) => id), isCertain: false }
  return { main: either, mobile: either }
}

const candidates = (types: readonly PhoneType[]): IdCandidates => ({
  ids: types.map(({ id }) => id),
  isCertain: types.length === 1,
})

/** Of several types the one with the standard phone, if that is one. */
function standardOf(types: readonly PhoneType[]): readonly PhoneType[] {
  const standard = types.filter(({ isStandard }) => isStandard)
  return standard.length === 1 ? standard : types
}

const isMobileNumber = (number: string): boolean => /^(?:[1-9]\d)?9\d{8}$/.test(phoneDigits(number))
const isMobileName = (name: string): boolean => /celular|m[oó]vel|mobile|whats/i.test(name)

interface LeadsRead {
  /** The newest first. */
  readonly leads: readonly CrmLead[]
  /** The only lead is the one that the person named: its ids are wanted, whatever the tenants file says. */
  readonly isLeadNamed: boolean
  /** The lists of ids that the tenants file names and TOTVS CRM has. */
  readonly lists: ReadonlyMap<IdList, readonly CrmCatalogEntry[]>
}

/** An id of the newest lead that has one. One of the tenants file stays when TOTVS CRM knows it, unless the person named a lead. */
function chooseId(kind: LeadId, { leads, isLeadNamed, lists }: LeadsRead, wanted: string): Finding {
  const { variable } = kind
  const list = lists.get(kind.list) ?? []
  const used = idsUsedBy(kind, leads)
  const isKnown = wanted !== '' && [...used, ...list.map(({ id }) => id)].some(id => isSameId(id, wanted))
  const isLeadAsked = isLeadNamed && (used.length > 0 || leads.length === 0)
  if (isKnown && !isLeadAsked) return { variable, status: 'found', value: wanted, isKept: true }

  const nameIn = (id: string): string | undefined => {
    const entry = list.find(each => isSameId(each.id, id))
    return entry && nameOf(entry)
  }
  const choiceOf = (value: string): Choice => {
    const name = nameIn(value)
    return { value, ...(name !== undefined && { name }) }
  }
  const found = leads.map(lead => candidatesIn(lead, kind, nameIn)).filter(({ ids }) => ids.length > 0)
  const { ids, isCertain } = found.find(each => each.isCertain) ?? found[0] ?? { ids: [], isCertain: false }
  const [value = ''] = ids
  if (isCertain && isRecordId(value)) {
    const others = used.filter(id => !isSameId(id, value)).length
    return { variable, status: 'found', value, isKept: isSameId(value, wanted), ...(isPhone(kind) ? {} : { others }) }
  }
  if (ids.length > 0) {
    const reason = isPhone(kind) ? 'MAIN_OR_MOBILE' : 'SEVERAL'
    return { variable, status: 'ambiguous', reason, choices: ids.filter(isRecordId).map(choiceOf) }
  }
  if (list.length > 0 && !isLeadAsked) {
    const all = list.map(({ id }) => id).filter(isRecordId)
    return { variable, status: 'ambiguous', reason: 'SEVERAL', choices: all.map(choiceOf) }
  }
  const noLead = isLeadNamed ? 'LEAD_NOT_FOUND' : 'NO_LEAD'
  return { variable, status: 'missing', reason: leads.length === 0 ? noLead : 'NOT_IN_LEAD' }
}

const isPhone = ({ list }: LeadId): boolean => list === 'phoneType'

function candidatesIn(lead: CrmLead, kind: LeadId, nameIn: (id: string) => string | undefined): IdCandidates {
  if (isPhone(kind)) {
    const { main, mobile } = findPhoneTypes(lead, nameIn)
    return kind.variable === 'totvs_crm_phonetypeid_main' ? main : mobile
  }
  const ids = idsUsedBy(kind, [lead])
  const standard = lead.emails.filter(email => email.standard === true)
  const ofStandard = kind.list === 'emailType' ? idsUsedBy(kind, [{ ...lead, emails: standard }]) : []
  return ids.length > 1 && ofStandard.length === 1
    ? { ids: ofStandard, isCertain: true }
    : { ids, isCertain: ids.length === 1 }
}

/** What was read from TOTVS CRM. */
export interface CrmContent extends LeadsRead {
  readonly pipeline: CrmRecords<CrmCatalogEntry>
  readonly stage: CrmRecords<CrmCatalogEntry>
  readonly opportunityType: CrmRecords<CrmCatalogEntry>
  readonly user: CrmRecords<CrmUser>
  /** What could not be read, and why. */
  readonly unread: ReadonlyMap<ProbedKind, FailureCode>
}

/**
 * What each of the ten variables is, as far as that is certain. A value of the tenants file that TOTVS CRM knows stays. Otherwise it is the
 * entry with the name that TOTVS's package uses, or the only one that there is.
 */
export function chooseVariables(content: CrmContent, variables: CrmVariables): Finding[] {
  const pipeline = chooseEntry('pipeline', content, variables)
  const found = [
    ...leadIds.map(each => chooseId(each, content, variables[each.variable])),
    chooseStage(pipeline, content, variables),
    chooseEntry('opportunityType', content, variables).finding,
    pipeline.finding,
    chooseUser(content, variables.totvs_crm_default_user),
  ]
  // One that could not be read is not missing in TOTVS CRM.
  return found.map(finding => {
    const code = finding.status === 'found' ? undefined : content.unread.get(kindOf(finding.variable))
    return code === undefined ? finding : { variable: finding.variable, status: 'missing', reason: 'NOT_LISTED', code }
  })
}

interface Chosen {
  readonly finding: Finding
  readonly entry?: CrmCatalogEntry
}

function chooseStage(pipeline: Chosen, content: CrmContent, variables: CrmVariables): Finding {
  const { items, isComplete } = content.stage
  const showsPipeline = items.some(entry => pipelineOfStage(entry) !== undefined)
  if (!showsPipeline) return chooseEntry('stage', content, variables).finding
  const { entry } = pipeline
  if (entry !== undefined) {
    const own = items.filter(stage => pipelineOfStage(stage) === entry.id)
    return chooseEntry('stage', { ...content, stage: { items: own, isComplete } }, variables).finding
  }
  const nameOfPipeline = new Map(content.pipeline.items.map(({ id, description }) => [id, description ?? id]))
  const choices = items.flatMap(stage => {
    if (holdsReference(stage.id)) return []
    const { name = stage.id } = choiceOf(stage, items)[0] ?? {}
    return { value: stage.id, name: `${nameOfPipeline.get(pipelineOfStage(stage) ?? '') ?? '?'} / ${name}` }
  })
  return { variable: catalogVariables.stage, status: 'ambiguous', reason: 'PIPELINE_FIRST', choices }
}

function chooseEntry(kind: CatalogKind, content: Pick<CrmContent, CatalogKind>, variables: CrmVariables): Chosen {
  const variable = catalogVariables[kind]
  const { items, isComplete } = content[kind]
  const [wanted, sample] = [variables[variable], sampleVariables[variable]]
  // Somebody who wrote another name did not mean the one of TOTVS's package.
  const names = wanted === '' ? [sample] : [wanted]
  const matching = names.flatMap(name => chooseCatalogEntries(items, name))
  const [entry, ...others] = matching
  if (entry !== undefined && others.length === 0)
    return { entry, finding: { variable, status: 'found', value: wanted || sample, isKept: wanted !== '' } }

  const choicesOf = (entries: readonly CrmCatalogEntry[]): Choice[] => entries.flatMap(each => choiceOf(each, items))
  if (matching.length > 0)
    return { finding: { variable, status: 'ambiguous', reason: 'SAME_NAME', choices: choicesOf(matching) } }
  const [only, ...more] = items
  if (only === undefined) return { finding: { variable, status: 'missing', reason: 'NONE' } }
  // Opportunities of Ponte's type count as opened by Ponte, so a type that is there for others is no choice that can be made alone.
  const [choice] = choiceOf(only, items)
  if (choice !== undefined && more.length === 0 && isComplete && kind !== 'opportunityType')
    return { entry: only, finding: { variable, status: 'found', value: choice.value, isKept: false } }
  const isOwnName = wanted !== '' && wanted !== sample
  const reason = isOwnName ? 'NOT_FOUND' : kind === 'opportunityType' ? 'NO_OWN_TYPE' : 'SEVERAL'
  return { finding: { variable, status: 'ambiguous', reason, choices: choicesOf(items) } }
}

/**
 * By its description, or by its id where the description could mean another entry. Nothing where the tenants file would read both as a
 * reference to a secret.
 */
function choiceOf({ id, description }: CrmCatalogEntry, items: readonly CrmCatalogEntry[]): Choice[] {
  const isName = description !== undefined && chooseCatalogEntries(items, description).length === 1
  if (isName && !holdsReference(description)) return [{ value: description }]
  return holdsReference(id) ? [] : [{ value: id, ...(description !== undefined && { name: description }) }]
}

const userReasons = {
  'not-found': 'NOT_FOUND',
  inactive: 'USER_INACTIVE',
  'without-role': 'USER_WITHOUT_ROLE',
} as const

function chooseUser({ user: { items, isComplete } }: CrmContent, wanted: string): Finding {
  const variable = 'totvs_crm_default_user'
  const state = stateOfUser(wanted, items)
  if (wanted !== '' && state === 'usable') return { variable, status: 'found', value: wanted, isKept: true }
  const emails = emailsOfUsableUsers(items).filter(email => /^[^\s@]+@[^\s@]+$/.test(email) && !holdsReference(email))
  const [only, ...others] = emails
  if (only === undefined) return { variable, status: 'missing', reason: 'NONE' }
  if (others.length === 0 && isComplete) return { variable, status: 'found', value: only, isKept: false }
  const reason = wanted === '' || state === 'usable' ? 'SEVERAL' : userReasons[state]
  return { variable, status: 'ambiguous', reason, choices: emails.map(value => ({ value })) }
}

export type VariableName = keyof CrmVariables

/** A value that a variable may have, and what TOTVS CRM calls it, where the value does not say it. */
export interface Choice {
  readonly value: string
  readonly name?: string
}

/** Why a person has to choose, or first has to do something in TOTVS CRM. */
const reasons = textRows({
  SEVERAL: { en: 'choose one', pt: 'escolha' },
  SAME_NAME: {
    en: 'several have this name: choose one by its id',
    pt: 'há mais de um com este nome: escolha pelo id',
  },
  NOT_FOUND: {
    en: 'TOTVS CRM does not have what the tenants file says: choose one',
    pt: 'o TOTVS CRM não tem o que está no arquivo de tenants: escolha',
  },
  USER_INACTIVE: {
    en: 'the user of the tenants file is inactive: choose one',
    pt: 'o usuário do arquivo de tenants está inativo: escolha',
  },
  USER_WITHOUT_ROLE: {
    en: 'the user of the tenants file has no role: choose one, or give the user a role',
    pt: 'o usuário do arquivo de tenants não tem papel: escolha, ou dê um papel ao usuário',
  },
  NO_OWN_TYPE: {
    en: 'create the type "Integração RD Station" in TOTVS CRM and run this again, or choose a type that nobody else uses',
    pt: 'crie o tipo "Integração RD Station" no TOTVS CRM e rode de novo, ou escolha um tipo que ninguém mais usa',
  },
  PIPELINE_FIRST: {
    en: 'it is a stage of the pipeline: choose that first',
    pt: 'é uma etapa do pipeline: escolha primeiro o pipeline',
  },
  MAIN_OR_MOBILE: {
    en: 'the lead does not show which type is the one of main phones and which of mobile phones: choose, or give a lead one of each in TOTVS CRM and run this again with --lead',
    pt: 'o lead não mostra qual tipo é o do telefone principal e qual é o do celular: escolha, ou cadastre um de cada em um lead do TOTVS CRM e rode de novo com --lead',
  },
  NONE: { en: 'TOTVS CRM has {what} and run this again', pt: 'o TOTVS CRM não tem {what} e rode de novo' },
  NO_LEAD: {
    en: 'TOTVS CRM has no lead: create one by hand with situation, origin, e-mail, main phone, mobile phone and address, and run this again',
    pt: 'o TOTVS CRM não tem lead: cadastre um à mão, com situação, origem, e-mail, telefone principal, celular e endereço, e rode de novo',
  },
  LEAD_NOT_FOUND: {
    en: 'TOTVS CRM has no lead with the e-mail of --lead',
    pt: 'o TOTVS CRM não tem lead com o e-mail de --lead',
  },
  NOT_IN_LEAD: {
    en: 'no lead that was read has {what}: add it to a lead in TOTVS CRM and run this again with --lead',
    pt: 'nenhum lead lido tem {what}: cadastre em um lead do TOTVS CRM e rode de novo com --lead',
  },
  NOT_LISTED: {
    en: 'TOTVS CRM lists none under any name that is known: ask its administrator and set {setting}',
    pt: 'o TOTVS CRM não mostra nenhum com os nomes conhecidos: pergunte ao administrador dele e configure {setting}',
  },
})
export type Reason = keyof typeof reasons

/** The kind of records that shows what a variable may be, and what is said of it where there is none: in a lead, or in TOTVS CRM. */
const variableRows: Readonly<Record<VariableName, Texts & { readonly kind: ProbedKind }>> = {
  totvs_crm_leadsituationid: { kind: 'lead', en: 'a situation', pt: 'situação' },
  totvs_crm_leadoriginid: { kind: 'lead', en: 'an origin', pt: 'origem' },
  totvs_crm_emailtypeid: { kind: 'lead', en: 'an e-mail with a type', pt: 'e-mail com tipo' },
  totvs_crm_phonetypeid_main: { kind: 'lead', en: 'a main phone with a type', pt: 'telefone principal com tipo' },
  totvs_crm_phonetypeid_mobile: {
    kind: 'lead',
    en: 'a mobile phone with a type of its own',
    pt: 'celular com um tipo só dele',
  },
  totvs_crm_addresstypeid: { kind: 'lead', en: 'an address with a type', pt: 'endereço com tipo' },
  totvs_crm_oportunity_stage: { kind: 'stage', en: 'none: create one', pt: 'nenhum: crie' },
  totvs_crm_oportunity_type: {
    kind: 'opportunityType',
    en: 'no type of opportunities: create "Integração RD Station"',
    pt: 'tipo de oportunidade: crie "Integração RD Station"',
  },
  totvs_crm_pipeline: { kind: 'pipeline', en: 'none: create one', pt: 'nenhum: crie' },
  totvs_crm_default_user: {
    kind: 'user',
    en: 'no active user with a role and an e-mail: create one, or give one a role,',
    pt: 'usuário ativo com papel e e-mail: crie um, ou dê um papel a um,',
  },
}

const kindOf = (variable: VariableName): ProbedKind => variableRows[variable].kind

export function explainReason(reason: Reason, variable: VariableName, language: Language): string {
  const setting = `totvsCrm.resources.${kindOf(variable)}`
  const facts = { what: textIn(variableRows[variable], language), setting }
  return explain({ name: reason, facts }, { language }, { rows: reasons }).what
}

/** What was found of a variable. */
export type Finding = { readonly variable: VariableName } & (
  | {
      readonly status: 'found'
      readonly value: string
      /** The tenants file had it already. */
      readonly isKept: boolean
      /** How many other ids of this kind the leads that were read have. */
      readonly others?: number
    }
  | { readonly status: 'ambiguous'; readonly reason: Reason; readonly choices: readonly Choice[] }
  | { readonly status: 'missing'; readonly reason: Reason; readonly code?: FailureCode }
)
