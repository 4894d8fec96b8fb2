import { sampleVariables } from '@ponte/contracts'
import type { World } from '@ponte/testbed'

/** As `ponte init` leaves them. */
export const noVariables = Object.fromEntries(Object.keys(sampleVariables).map(name => [name, '']))

/** Ids of a CRM of its own: none is a sample. */
export const ids = {
  totvs_crm_leadsituationid: '10000000-0000-4000-8000-000000000001',
  totvs_crm_leadoriginid: '10000000-0000-4000-8000-000000000002',
  totvs_crm_emailtypeid: '10000000-0000-4000-8000-000000000003',
  totvs_crm_phonetypeid_main: '10000000-0000-4000-8000-000000000004',
  totvs_crm_phonetypeid_mobile: '10000000-0000-4000-8000-000000000005',
  totvs_crm_addresstypeid: '10000000-0000-4000-8000-000000000006',
}

/** What a CRM of which everything is known has. */
export const allVariables = {
  ...ids,
  totvs_crm_oportunity_stage: 'Abordagem e Investigação',
  totvs_crm_oportunity_type: 'Integração RD Station',
  totvs_crm_pipeline: 'MQL - Marketing Qualified Lead',
  totvs_crm_default_user: 'vendas@demo.example',
}

export const person = { email: 'ana.souza@cliente.example', main: '(34) 3232-1010', mobile: '+55 34 99123-4567' }
const [main, mobile] = [
  { number: person.main, phoneTypeId: ids.totvs_crm_phonetypeid_main, standard: true },
  { number: person.mobile, phoneTypeId: ids.totvs_crm_phonetypeid_mobile, standard: false },
]

/** A lead that shows all six ids. */
export const wholeLead = {
  name: 'Ana Souza',
  leadSituationId: ids.totvs_crm_leadsituationid,
  leadOriginId: ids.totvs_crm_leadoriginid,
  emails: [{ email: person.email, emailTypeId: ids.totvs_crm_emailtypeid, standard: true }],
  phones: [main, mobile],
  addresses: [{ addressType: { id: ids.totvs_crm_addresstypeid }, cityName: 'Uberlândia', stateName: 'MG' }],
}
export const withoutMobile = { ...wholeLead, phones: [main] }
export const withoutMain = { ...wholeLead, phones: [mobile] }

/** Only one user can own leads. */
export async function leaveOneUser({ client }: Pick<World, 'client'>): Promise<void> {
  for (const last of [4, 5, 6])
    await client.crm().changeUser(`3f0c8f9e-0000-4000-8000-00000000000${last}`, { active: false })
}
