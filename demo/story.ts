import { opportunityWorkflows, type Ponte, type SandboxClient } from '@ponte/testbed'
import type { Narrator } from './narrator.ts'

export interface Cast {
  readonly ponte: Ponte
  readonly sandbox: SandboxClient
  readonly narrator: Narrator
}

/** RD Station and Ponte refuse a sale above R$ 99,999,999.00 (seed page). */
const TOO_MUCH = 150_000_000

/** Plays one lead to its sale, a second to its loss and a third through a mark that fails; returns what is not as it should be. */
export async function playStory(cast: Cast): Promise<string[]> {
  const { ponte, sandbox, narrator } = cast
  const crm = sandbox.crm()
  await crm.change({ workflows: opportunityWorkflows(ponte.tenant) })

  const maria = await bringLead(cast, {
    name: 'Maria Demo',
    email: 'maria@cliente.example',
    mobile_phone: '+55 (48) 99999-0001',
    city: 'Florianópolis',
    job_title: 'Diretora',
  })
  await narrator.step(
    'Sales wins the opportunity of the first lead for R$ 15.000,00',
    () => crm.win(maria.opportunityId, 15_000),
    () => marked(cast, maria.email, 'SALE'),
  )

  const joao = await bringLead(cast, {
    name: 'João Demo',
    email: 'joao@cliente.example',
    personal_phone: '48 3025-2598',
  })
  await narrator.step(
    'Sales loses the opportunity of the second lead: "Preço"',
    () => crm.lose(joao.opportunityId, 'Preço'),
    () => marked(cast, joao.email, 'OPPORTUNITY_LOST'),
  )

  const ana = await bringLead(cast, { name: 'Ana Demo', email: 'ana@cliente.example' })
  const statusRd = async (beginning: string): Promise<string | undefined> => {
    const text = (await crm.opportunity(ana.opportunityId)).customFields['statusRD']
    return typeof text === 'string' && text.startsWith(beginning) ? text : undefined
  }
  const failing = await narrator.step(
    'The third is won for more than RD Station accepts: the mark fails, and statusRD says why',
    () => crm.win(ana.opportunityId, TOO_MUCH),
    () => statusRd('ERRO 1/2'),
  )
  narrator.tell(`statusRD: ${failing}`)
  const final = await narrator.step(
    'The webhook of that very change leads to the second round, the last',
    async () => {},
    () => statusRd('ERRO FINAL 2/2'),
  )
  narrator.tell(`statusRD: ${final}`)
  await narrator.step(
    'A person corrects the value and saves: fresh rounds, the sale arrives',
    () => crm.changeOpportunity(ana.opportunityId, { totalValue: 150_000 }),
    () => marked(cast, ana.email, 'SALE'),
  )
  const recovered = await narrator.step(
    'statusRD says so',
    async () => {},
    () => statusRd('OK'),
  )
  narrator.tell(`statusRD: ${recovered}`)

  return await findProblems(cast)
}

interface Visitor {
  readonly name: string
  readonly email: string
  readonly mobile_phone?: string
  readonly personal_phone?: string
  readonly city?: string
  readonly job_title?: string
}

/** A visitor fills a form in; RD Station sends the lead; in the end the contact is marked as opportunity. */
async function bringLead({ ponte, sandbox, narrator }: Cast, visitor: Visitor) {
  const { rdStationUrl, tokens } = ponte.tenant
  const contact = await sandbox.rd().addContact(visitor)
  await sandbox.rd().convert(contact.uuid, { identifier: 'formulario-demo' })
  const opportunity = await narrator.step(
    `A lead of RD Station arrives by webhook (${visitor.name})`,
    () =>
      sandbox
        .rd()
        .deliverLead({ url: `${rdStationUrl}?token=${tokens.rdStation}`, format: 'v1', contact: contact.uuid }),
    async () => {
      const { leads, opportunities } = await sandbox.crm().state()
      const lead = leads.find(({ externalId }) => externalId === `rd:${contact.uuid}`)
      return opportunities.find(({ leadId }) => leadId === lead?.id)
    },
  )
  await narrator.step(
    'The opportunity that this opened in TOTVS CRM comes back as a mark',
    async () => {},
    () => marked({ sandbox }, visitor.email, 'OPPORTUNITY'),
  )
  return { email: visitor.email, opportunityId: opportunity.id }
}

async function marked({ sandbox }: Pick<Cast, 'sandbox'>, email: string, type: string): Promise<true | undefined> {
  const { marks } = await sandbox.rd().contact(`email:${email}`)
  return marks.some(mark => mark.type === type) ? true : undefined
}

/** The end state of both systems, compared with what it must be. */
async function findProblems({ sandbox }: Cast): Promise<string[]> {
  const expected = {
    'maria@cliente.example': { marks: ['OPPORTUNITY', 'SALE'], sales: [15_000], stage: 'Client', status: 'WON' },
    'joao@cliente.example': { marks: ['OPPORTUNITY', 'OPPORTUNITY_LOST'], sales: [], stage: 'Lead', status: 'LOST' },
    'ana@cliente.example': { marks: ['OPPORTUNITY', 'SALE'], sales: [150_000], stage: 'Client', status: 'WON' },
  }
  const { leads, opportunities } = await sandbox.crm().state()
  const found = await Promise.all(
    Object.keys(expected).map(async email => {
      const contact = await sandbox.rd().contact(`email:${email}`)
      const own = leads.filter(lead => lead.emails.some(entry => entry.email === email))
      const theirs = opportunities.filter(({ leadId }) => own.some(({ id }) => id === leadId))
      return [
        email,
        {
          marks: contact.marks.map(({ type }) => type),
          sales: contact.sales,
          stage: contact.funnel.lifecycle_stage,
          status: theirs.map(({ status }) => status).join(),
        },
      ] as const
    }),
  )
  const problems = found.flatMap(([email, state]) => {
    const wanted = Object.entries(expected).find(([key]) => key === email)?.[1]
    return JSON.stringify(state) === JSON.stringify(wanted)
      ? []
      : [`${email}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(state)}`]
  })
  const { droppedMarks } = await sandbox.rd().state()
  if (droppedMarks.length > 0) problems.push(`RD Station dropped ${droppedMarks.length} marks`)
  if (leads.length !== 3) problems.push(`TOTVS CRM has ${leads.length} leads, not 3`)
  return problems
}
