import { setTimeout as sleep } from 'node:timers/promises'
import { crmEventOfShortName, events } from '@ponte/contracts'
import {
  type BoardProcess,
  type ContactSeed,
  createSandboxClient,
  type CrmLeadState,
  type CrmOpportunityState,
  type Delivery,
  opportunityWorkflows,
  openWorld,
  PATIENCE_MS,
  type Ponte,
  type PonteOptions,
  type RdContactState,
  recordNeedle,
  type SandboxClient,
  startPonte,
  type TenantOverrides,
} from '@ponte/testbed'
import { expect, inject, vi } from 'vitest'
import type { SharedTenant } from './shared/shared-ponte.ts'
import { type SharedTenantName, swift } from './shared/shared-tenants.ts'

export { swift } from './shared/shared-tenants.ts'

/** For `expect.poll` and `vi.waitFor`. */
export const patience = { timeout: PATIENCE_MS, interval: 100 }

export interface CompanyOptions extends Partial<Omit<PonteOptions, 'sandboxUrl' | 'tenants'>> {
  /** What differs from `swift`; it may depend on where both systems are. */
  readonly tenant?: TenantOverrides | ((sandboxUrl: string) => TenantOverrides)
  /** Names of further tenants of the same processes. */
  readonly otherTenants?: readonly string[]
  /** Whether TOTVS CRM has its workflows; without them a test sends the webhooks itself. Default true. */
  readonly workflows?: boolean
  /** What happened in both systems before Ponte came. */
  readonly before?: (sandbox: SandboxClient) => Promise<void>
}

/** One company: its Ponte in processes of its own, between its own RD Station and TOTVS CRM. For what `shareCompany` cannot give. */
export async function startCompany({
  tenant,
  otherTenants = [],
  workflows = true,
  before,
  ...options
}: CompanyOptions = {}) {
  const name = `t-${crypto.randomUUID().slice(0, 8)}`
  const { client: sandbox } = await openWorld(inject('sharedSandboxUrl'), name)
  await allowManyCalls(sandbox)
  await before?.(sandbox)
  const own = typeof tenant === 'function' ? tenant(sandbox.baseUrl) : tenant
  const ponte = await startPonte({
    redisUrl: inject('redisUrl'),
    sandboxUrl: sandbox.baseUrl,
    tenants: { [name]: { ...swift, ...own }, ...Object.fromEntries(otherTenants.map(each => [each, swift])) },
    ...options,
  })
  if (workflows) await sandbox.crm().change({ workflows: opportunityWorkflows(ponte.tenant) })
  return createCompany(ponte, sandbox, async () => {
    await ponte.stop()
    // Nothing is delivered to an address that may be another's by then.
    await sandbox.reset()
  })
}

/**
 * A company of the Ponte that the whole run shares: ingress, two workers and a board. Its tenant, and both its systems, are its own.
 * A process takes about two seconds of a processor to start, a tenant nothing.
 */
export async function shareCompany(
  name: SharedTenantName,
  { workflows = true }: Pick<CompanyOptions, 'workflows'> = {},
): Promise<Company<Omit<SharedTenant, 'sandboxUrl'>>> {
  const response = await fetch(`${inject('sharedPonteUrl')}/${name}`)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  // shared-ponte.ts declares what it answers.
  const { sandboxUrl, ...ponte }: SharedTenant = JSON.parse(text)
  const sandbox = createSandboxClient(sandboxUrl)
  await allowManyCalls(sandbox)
  if (workflows) await sandbox.crm().change({ workflows: opportunityWorkflows(ponte.tenant) })
  // What is still tried comes to its end.
  return createCompany(ponte, sandbox, () => sandbox.clearFaults())
}

const allowManyCalls = (sandbox: SandboxClient) =>
  sandbox.rd().change({ settings: { contactsPerMinute: 6000, eventsPerMinute: 6000, webhookPauseMs: 100 } })

/** What a test needs to know of a Ponte. */
type CompanyPonte = Pick<Ponte, 'ingressUrl' | 'settings' | 'tenant'> & {
  readonly board?: Pick<BoardProcess, 'url' | 'user' | 'password'> | undefined
}

export interface Company<OwnPonte extends CompanyPonte = CompanyPonte> extends ReturnType<
  typeof createCompany<OwnPonte>
> {}

function createCompany<OwnPonte extends CompanyPonte>(
  ponte: OwnPonte,
  sandbox: SandboxClient,
  stop: () => Promise<void>,
) {
  const rd = sandbox.rd()
  const crm = sandbox.crm()

  /** The delivery once RD Station sends it no more: after a 503, which a busy machine is enough for, it comes again. */
  async function untilAnswered(sent: Delivery): Promise<Delivery> {
    if (sent.state !== 'sending') return sent
    return await vi.waitFor(async () => {
      const delivery = (await sandbox.deliveries()).find(({ id }) => id === sent.id)
      if (delivery === undefined || delivery.state === 'sending') throw new Error('it is still being sent')
      return delivery
    }, patience)
  }

  const company = {
    ponte,
    sandbox,
    rd,
    crm,

    /** A visitor fills a form in. */
    async convert(seed: ContactSeed, conversion: { identifier?: string; at?: string } = {}): Promise<RdContactState> {
      for (const what of ['name', 'email', 'personal_phone', 'mobile_phone'] as const) recordNeedle(what, seed[what])
      const contact = await rd.addContact(seed)
      return await rd.convert(contact.uuid, conversion)
    },

    /** RD Station sends the contact as a lead, as it is now. */
    deliver: async (contact: { uuid: string }, format: 'v1' | 'v2' = 'v1') =>
      untilAnswered(await rd.deliverLead({ url: webhookUrl(ponte), format, contact: contact.uuid })),

    /** RD Station sends this body. */
    deliverBody: async (body: unknown) =>
      untilAnswered(await rd.deliverLead({ url: webhookUrl(ponte), format: 'raw', body })),

    /** TOTVS CRM says that something happened to an opportunity: `won`, `lost`… */
    async announce(event: string, opportunityId: string, eventId: string = crypto.randomUUID()): Promise<unknown> {
      const response = await sendUntilAccepted(() =>
        fetch(`${ponte.tenant.totvsCrmUrl}/${intentOf(event)}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', apiToken: ponte.tenant.tokens.totvsCrm },
          body: JSON.stringify(crmEvent(opportunityId, eventId)),
        }),
      )
      return await response.json()
    },

    /** The calls of both systems are counted: `calls({ after })` are those that came later. */
    numberOfLastCall: async (): Promise<number> => (await sandbox.calls({ last: 1 }))[0]?.number ?? 0,

    leads: (): Promise<readonly CrmLeadState[]> => crm.leads(),

    /** The only lead whose member `of` holds the text; fails when there are several. */
    async leadOf(contact: { uuid: string }): Promise<CrmLeadState | undefined> {
      const found = await crm.leads({ externalId: `rd:${contact.uuid}` })
      expect(found.length).toBeLessThanOrEqual(1)
      return found[0]
    },

    async opportunitiesOf(contact: { uuid: string }): Promise<readonly CrmOpportunityState[]> {
      const leads = await crm.leads({ externalId: `rd:${contact.uuid}` })
      return (await Promise.all(leads.map(({ id }) => crm.opportunities({ leadId: id })))).flat()
    },

    /** A new contact, brought over: waits for its opportunity. */
    async bring(seed: ContactSeed): Promise<{ contact: RdContactState; opportunity: CrmOpportunityState }> {
      const contact = await company.convert(seed)
      await company.deliver(contact)
      await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
      const [opportunity] = await company.opportunitiesOf(contact)
      if (opportunity === undefined) throw new Error('the opportunity has gone')
      return { contact, opportunity }
    },

    marksOf: async (contact: { uuid: string }): Promise<readonly string[]> =>
      (await rd.contact(contact.uuid)).marks.map(({ type }) => type),

    untilMarks: (contact: { uuid: string }, marks: readonly string[]) =>
      expect.poll(() => company.marksOf(contact), patience).toEqual(marks),

    statusRdOf: async (opportunity: { id: string }): Promise<unknown> =>
      (await crm.opportunity(opportunity.id)).customFields['statusRD'],

    stop,
  }
  return company
}

/** Sends up to eleven times until it is accepted, as both systems do: where Redis does not confirm in time, which a busy machine is enough for. */
export async function sendUntilAccepted<Answer extends { readonly status: number }>(
  send: () => Promise<Answer>,
): Promise<Answer> {
  let answer = await send()
  for (let times = 1; answer.status === 503 && times <= 10; times += 1) {
    await sleep(100 * times)
    answer = await send()
  }
  expect(answer.status).toBe(202)
  return answer
}

/** Of the Ponte that the whole run shares. */
export type SharedCompany = Awaited<ReturnType<typeof shareCompany>>
/** With processes of its own. */
export type OwnCompany = Awaited<ReturnType<typeof startCompany>>

const webhookUrl = ({ tenant }: Pick<Ponte, 'tenant'>): string =>
  `${tenant.rdStationUrl}?token=${tenant.tokens.rdStation}`

function intentOf(event: string): string {
  const name = crmEventOfShortName(event)
  return name === undefined ? expect.unreachable(`${event} is no event of TOTVS CRM`) : events[name].intent
}

const crmEvent = (opportunityId: string, eventId: string) => ({
  eventId,
  timestamp: new Date().toISOString(),
  workflow: { id: crypto.randomUUID(), description: 'Ponte' },
  trigger: { id: crypto.randomUUID(), description: 'Opportunity updated' },
  source: {
    object: { id: crypto.randomUUID(), description: 'Opportunity', contextUrl: '/api/v11/opportunity/opportunities' },
    row: { id: opportunityId },
  },
})

/** An address that no other test uses. */
export const newEmail = (): string => `pessoa.${crypto.randomUUID().slice(0, 8)}@cliente.example`
