import { type CrmCatalogEntry, type CrmLead, isRecordId } from '@ponte/contracts'
import { nameOf, type IdList, idsUsedBy, isSameId, type LeadId } from '@ponte/operations'
import type { Choice, Finding } from './findings.ts'
import { findPhoneTypes, type IdCandidates } from './find-phone-types.ts'

export interface LeadsRead {
  /** The newest first. */
  readonly leads: readonly CrmLead[]
  /** The only lead is the one that the person named: its ids are wanted, whatever the tenants file says. */
  readonly isLeadNamed: boolean
  /** The lists of ids that the tenants file names and TOTVS CRM has. */
  readonly lists: ReadonlyMap<IdList, readonly CrmCatalogEntry[]>
}

/** An id of the newest lead that has one. One of the tenants file stays when TOTVS CRM knows it, unless the person named a lead. */
export function chooseId(kind: LeadId, { leads, isLeadNamed, lists }: LeadsRead, wanted: string): Finding {
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
    return {
      variable,
      status: 'ambiguous',
      reason: 'SEVERAL',
      choices: list
        .map(({ id }) => id)
        .filter(isRecordId)
        .map(choiceOf),
    }
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
