import { once } from 'node:events'
import { createServer } from 'node:http'
import type {
  CrmLeadState,
  CrmOpportunityState,
  MarkOrder,
  RdWebhookState,
  SandboxClient,
  Workflow,
} from '@ponte/testbed'
import { SALE_LIMIT } from '../plan/scenarios.ts'

/** What the package writes into `statusRD` when RD Station refused; the write fires a webhook, and so it tries again. */
const REFUSED = 'Erro ao atualizar o RD Station'
/** It has no end of its own; the contract has one. */
const MAX_TRIES = 3
const TYPE = 'Integração RD Station'
const STAGE = 'Abordagem e Investigação'
const PIPELINE = 'MQL - Marketing Qualified Lead'
const types = {
  email: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d',
  address: 'b604f287-36bf-4e6d-ae83-c75c46a2fbeb',
} as const

/** As much of a lead of API 1 as the package reads. */
interface RdLead {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly job_title: string | null
  readonly city: string | null
  readonly company: string | null
}

/** As much of a webhook of TOTVS CRM as the package reads. */
interface CrmEvent {
  readonly trigger: { readonly description: string }
  readonly source: { readonly row: { readonly id: string } }
}

type Message = { readonly lead: RdLead } | { readonly event: CrmEvent }

export interface PackageOptions {
  readonly sandbox: SandboxClient
  /** `own`: it writes RD Station's number of the contact into `externalId`; `none`: nothing. */
  readonly externalIds: 'own' | 'none'
}

class DiagramFailure extends Error {}

export type Package = Awaited<ReturnType<typeof startPackage>>

/**
 * TOTVS's own package on its iPaaS, as its page describes it: four moments, each told by a webhook, and `statusRD` to try again. It
 * answers before the work is done, and does one message after the other. Its writes go through the control API: what the two systems
 * list as calls is Ponte's alone.
 */
export async function startPackage({ sandbox, externalIds }: PackageOptions) {
  const rd = sandbox.rd()
  const crm = sandbox.crm()
  const catalog = await crm.state()
  const tries = new Map<string, number>()
  const failed: Message[] = []
  const broken = new Set<string>()
  let isOn = true
  let waiting = 0
  let work = Promise.resolve()
  let lastRunAt = new Date()

  /** A diagram that fails has written nothing. */
  function failIfBroken(email: string): void {
    if (broken.has(email)) throw new DiagramFailure()
  }

  /** Moment 1: a lead of RD Station is registered, with an opportunity unless one of the package's is open. */
  async function register(lead: RdLead): Promise<void> {
    failIfBroken(lead.email)
    const known = (await crm.leads()).find(({ emails }) => emails.some(({ email }) => email === lead.email))
    const { id } = known === undefined ? await crm.addLead(newLeadOf(lead)) : await update(known, lead)
    const isOpen = (await crm.opportunities({ leadId: id })).some(
      ({ status, opportunityType }) => status === 'PROGRESS' && opportunityType.description === TYPE,
    )
    if (isOpen) return
    const pipeline = idOf(catalog.pipelines, ({ description }) => description === PIPELINE)
    await crm.addOpportunity({
      leadId: id,
      description: `Oportunidade ${lead.name}`,
      pipeline: { id: pipeline },
      stage: { id: idOf(catalog.stages, each => each.description === STAGE && each.pipelineId === pipeline) },
      opportunityType: { id: idOf(catalog.opportunityTypes, ({ description }) => description === TYPE) },
    })
  }

  const newLeadOf = (lead: RdLead): Partial<CrmLeadState> => ({
    ...valuesOf(lead),
    emails: [{ email: lead.email, emailTypeId: types.email, standard: true }],
    addresses: [{ addressType: { id: types.address }, cityName: lead.city }],
    ...(externalIds === 'own' && { externalId: lead.id }),
  })

  const update = ({ id }: CrmLeadState, lead: RdLead) =>
    crm.changeLead(id, {
      ...valuesOf(lead),
      addresses: [{ addressType: { id: types.address }, cityName: lead.city }],
    })

  /** Moments 2, 3 and 4: RD Station learns that an opportunity was created, won or lost. */
  async function markContact({ trigger: { description: trigger }, source: { row } }: CrmEvent): Promise<void> {
    const { status, leadId, totalValue, lossReason, customFields } = await crm.opportunity(row.id)
    const isRetry = trigger === 'Opportunity updated' && customFields['statusRD'] === REFUSED
    const mark = isRetry ? markOfStatus[status] : markOfTrigger[trigger]
    if (mark === undefined) return
    const email = (await crm.lead(leadId)).emails[0]?.email ?? ''
    failIfBroken(email)
    if (mark === 'SALE' && (totalValue ?? 0) > SALE_LIMIT) {
      const tried = (tries.get(row.id) ?? 0) + 1
      tries.set(row.id, tried)
      if (tried < MAX_TRIES) await crm.changeOpportunity(row.id, { customFields: { statusRD: REFUSED } })
      return
    }
    await rd.mark(`email:${email}`, {
      type: mark,
      ...(mark === 'SALE' && { value: totalValue ?? 0 }),
      ...(mark === 'OPPORTUNITY_LOST' && { reason: lossReason ?? '' }),
    })
  }

  async function run(message: Message): Promise<void> {
    try {
      await ('lead' in message ? register(message.lead) : markContact(message.event))
    } catch (error) {
      if (!(error instanceof DiagramFailure)) throw error
      failed.push(message)
    }
    lastRunAt = new Date()
    waiting -= 1
  }

  function take(message: Message): void {
    waiting += 1
    work = work.then(() => run(message))
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (!isOn) return response.writeHead(404).end()
      const body = JSON.parse(Buffer.concat(chunks).toString())
      take(request.url === '/rd-station' ? { lead: body.leads[0] } : { event: body })
      return response.end(JSON.stringify({ messageId: crypto.randomUUID(), status: 'RECEIVED' }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the package has no port')
  const url = `http://127.0.0.1:${address.port}`

  const untilIdle = async (): Promise<void> => {
    while (waiting > 0) await work
  }

  return {
    /** What a customer sets up for it in RD Station. */
    webhook: { url: `${url}/rd-station`, format: 'v1', trigger: 'conversion' } satisfies RdWebhookState,
    /** What a customer sets up for it in TOTVS CRM. */
    workflows: triggers.map((trigger): Workflow => ({ trigger, url: `${url}/totvs-crm` })),
    untilIdle,
    /** From now on its runs about this person fail. */
    breakFor: (email: string): void => void broken.add(email),
    /** Somebody finds the fault, and has the monitor run all messages again that failed. */
    reprocess: async (): Promise<void> => {
      broken.clear()
      for (const message of failed.splice(0)) take(message)
      await untilIdle()
    },
    /** Its diagrams are deactivated. Resolves with the end of its last run, as the monitor shows it: in whole seconds, so the next one. */
    async switchOff(): Promise<Date> {
      isOn = false
      await untilIdle()
      return new Date(Math.ceil(lastRunAt.getTime() / 1000) * 1000)
    },
    switchOn: (): void => void (isOn = true),
    async stop(): Promise<void> {
      isOn = false
      await untilIdle()
      server.close()
      server.closeAllConnections()
    },
  }
}

type MarkType = NonNullable<MarkOrder['type']>

const triggers = ['Opportunity created', 'Opportunity won', 'Opportunity lost', 'Opportunity updated'] as const
const markOfTrigger: Readonly<Record<string, MarkType>> = {
  'Opportunity created': 'OPPORTUNITY',
  'Opportunity won': 'SALE',
  'Opportunity lost': 'OPPORTUNITY_LOST',
}
const markOfStatus: Readonly<Partial<Record<CrmOpportunityState['status'], MarkType>>> = {
  PROGRESS: 'OPPORTUNITY',
  WON: 'SALE',
  LOST: 'OPPORTUNITY_LOST',
}

const valuesOf = ({ name, job_title, company }: RdLead): Partial<CrmLeadState> => ({
  name,
  jobTitle: job_title,
  tradingName: company,
})

function idOf<Entry extends { readonly id: string }>(
  entries: readonly Entry[],
  isIt: (entry: Entry) => boolean,
): string {
  const found = entries.find(isIt)
  if (found === undefined) throw new Error('the variables of the package name something that is not there')
  return found.id
}
