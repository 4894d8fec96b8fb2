import { opportunityWorkflows, type Ponte, type SandboxClient } from '@ponte/testbed'
import type { Reporter } from './reporter.ts'

export interface Demo {
  readonly ponte: Ponte
  readonly sandbox: SandboxClient
  readonly reporter: Reporter
}

/** RD Station and Ponte refuse a sale above R$ 99,999,999.00 (docs/vendors/rd-station.md). */
const ABOVE_LIMIT = 150_000_000

/** Brings three leads over: one is won, one is lost, and the sale of the third fails until somebody corrects its value. */
export async function playScenario(demo: Demo): Promise<void> {
  const { ponte, sandbox, reporter } = demo
  const crm = sandbox.crm()
  await crm.change({ workflows: opportunityWorkflows(ponte.tenant) })

  const maria = await bringLead(demo, {
    name: 'Maria Demo',
    email: 'maria@cliente.example',
    mobile_phone: '+55 (48) 99999-0001',
    city: 'Florianópolis',
    job_title: 'Diretora',
  })
  await reporter.step(
    'Maria: won for R$ 15,000.00 in TOTVS CRM, sale registered in RD Station',
    () => crm.win(maria.opportunityId, 15_000),
    () => isMarked(demo, maria.email, 'SALE'),
  )

  const joao = await bringLead(demo, {
    name: 'João Demo',
    email: 'joao@cliente.example',
    personal_phone: '48 3025-2598',
  })
  await reporter.step(
    'João: lost in TOTVS CRM ("Preço"), loss marked in RD Station',
    () => crm.lose(joao.opportunityId, 'Preço'),
    () => isMarked(demo, joao.email, 'OPPORTUNITY_LOST'),
  )

  const ana = await bringLead(demo, { name: 'Ana Demo', email: 'ana@cliente.example' })
  const statusRd = async (beginning: string): Promise<string | undefined> => {
    const text = (await crm.opportunity(ana.opportunityId)).customFields['statusRD']
    return typeof text === 'string' && text.startsWith(beginning) ? text : undefined
  }
  const first = await reporter.step(
    'Ana: won for R$ 150,000,000.00, more than RD Station takes; statusRD says so',
    () => crm.win(ana.opportunityId, ABOVE_LIMIT),
    () => statusRd('ERRO 1/2'),
  )
  reporter.detail(first)
  const final = await reporter.step(
    'Ana: Ponte tried again by itself, the last of two rounds',
    async () => {},
    () => statusRd('ERRO FINAL 2/2'),
  )
  reporter.detail(final)
  await reporter.step(
    'Ana: somebody corrects the value to R$ 150,000.00, sale registered in RD Station',
    () => crm.changeOpportunity(ana.opportunityId, { totalValue: 150_000 }),
    () => isMarked(demo, ana.email, 'SALE'),
  )
  const recovered = await reporter.step(
    'Ana: statusRD says that it arrived',
    async () => {},
    () => statusRd('OK'),
  )
  reporter.detail(recovered)
}

interface Visitor {
  readonly name: string
  readonly email: string
  readonly mobile_phone?: string
  readonly personal_phone?: string
  readonly city?: string
  readonly job_title?: string
}

/** A visitor fills in a form, RD Station delivers the lead, and in the end the contact is marked as opportunity. */
async function bringLead({ ponte, sandbox, reporter }: Demo, visitor: Visitor) {
  const { rdStationUrl, tokens } = ponte.tenant
  const url = `${rdStationUrl}?token=${tokens.rdStation}`
  const contact = await sandbox.rd().addContact(visitor)
  await sandbox.rd().convert(contact.uuid, { identifier: 'formulario-demo' })
  const [name = ''] = visitor.name.split(' ')
  const opportunity = await reporter.step(
    `${name}: filled in a form in RD Station; lead created, opportunity opened in TOTVS CRM`,
    () => sandbox.rd().deliverLead({ url, format: 'v1', contact: contact.uuid }),
    async () => {
      const { leads, opportunities } = await sandbox.crm().state()
      const lead = leads.find(({ externalId }) => externalId === `rd:${contact.uuid}`)
      return opportunities.find(({ leadId }) => leadId === lead?.id)
    },
  )
  await reporter.step(
    `${name}: marked as opportunity in RD Station`,
    async () => {},
    () => isMarked({ sandbox }, visitor.email, 'OPPORTUNITY'),
  )
  return { email: visitor.email, opportunityId: opportunity.id }
}

async function isMarked({ sandbox }: Pick<Demo, 'sandbox'>, email: string, type: string): Promise<true | undefined> {
  const { marks } = await sandbox.rd().contact(`email:${email}`)
  return marks.some(mark => mark.type === type) ? true : undefined
}
