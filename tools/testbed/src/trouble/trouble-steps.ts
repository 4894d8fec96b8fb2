import { Redis } from 'ioredis'
import type { Ponte, TenantAccess } from '../ponte/ponte.ts'
import { opportunityWorkflows } from '../sandbox/sandbox.ts'
import type { SandboxClient } from '../sandbox/sandbox-client.ts'
import { inventVisitors, type Visitor } from './people.ts'
import { type CountedQueue, countJobs } from './queue-counts.ts'
import { addTroubleAccounts, EMAIL_FIELD, type TroubleNames } from './trouble-tenants.ts'

/** How much is planted of each kind. */
export interface TroubleCounts {
  /** Leads of `acme` that go through, with their opportunities marked. */
  readonly delivered: number
  /** Leads of `acme` whose default user has no role. */
  readonly withoutRole: number
  /** Leads of `nova` that TOTVS CRM refuses. */
  readonly withoutField: number
  /** Sales of `nova` that RD Station refuses. */
  readonly aboveLimit: number
  /** Sales and losses of `nova` that RD Station takes, half of each. */
  readonly ended: number
  /** Deliveries of `acme` that cannot be read. */
  readonly quarantined: number
  /** Events that wait, of each company. */
  readonly waiting: number
}

const troubleCounts: TroubleCounts = {
  delivered: 30,
  withoutRole: 250,
  withoutField: 150,
  aboveLimit: 100,
  ended: 20,
  quarantined: 20,
  waiting: 8,
}

/** Reais. */
export const SALE_LIMIT = 10_000
export const CRM_FIELD = 'CPF'
/** One of the sandbox's users. */
const OWNER = 'ana.vendedora@demo.example'

export interface TroubleDeps {
  readonly ponte: Ponte
  readonly sandbox: SandboxClient
  readonly names: TroubleNames
  readonly counts?: TroubleCounts
}

export interface TroubleStep {
  readonly title: string
  readonly act: () => Promise<unknown>
  readonly isDone: () => Promise<boolean>
}

/**
 * Plants the trouble of two companies by what causes it in life: people change a setting of a system, and deliveries come.
 * `play` does each step, and waits until it is done before it resolves.
 */
export async function plantTrouble(
  deps: TroubleDeps & { readonly redisUrl: string },
  play: (step: TroubleStep) => Promise<unknown>,
): Promise<void> {
  const { ponte, sandbox, names, redisUrl } = deps
  await addTroubleAccounts(sandbox, names)
  for (const name of [names.acme, names.nova])
    await sandbox.crm(name).change({ workflows: opportunityWorkflows(accessOf(ponte, name)) })
  const redis = new Redis(redisUrl)
  try {
    for (const step of troubleSteps(deps, redis)) await play(step)
  } finally {
    redis.disconnect()
  }
}

function troubleSteps(
  { ponte, sandbox, names, counts = troubleCounts }: TroubleDeps,
  redis: Redis,
): readonly TroubleStep[] {
  const acme = openCompany(ponte, sandbox, names.acme)
  const nova = openCompany(ponte, sandbox, names.nova)
  const isQuiet = async ({ name }: Company): Promise<boolean> =>
    (await countJobs(redis, name, ['totvs-crm', 'rd-station'])).pending === 0
  /** Its breaker is open, or its credential refused. */
  const isStopped = async (name: string, system: 'totvs-crm' | 'rd-station'): Promise<boolean> =>
    (await redis.exists(`{${name}}:ponte:circuit-breaker:${system}`, `{${name}}:ponte:refused:${system}`)) > 0
  const hasFailed = async (name: string, kind: CountedQueue, count: number) =>
    (await countJobs(redis, name, kind)).failed >= count

  const sold = counts.aboveLimit + Math.ceil(counts.ended / 2)
  return [
    {
      title: `${counts.delivered + counts.aboveLimit + counts.ended} leads go through, and their opportunities are marked`,
      async act() {
        // Of a user's own, so that no worker has looked up the default user, and remembers it, when that one loses its role.
        await acme.bring(counts.delivered, OWNER)
        await nova.bring(counts.aboveLimit + counts.ended)
      },
      isDone: async () =>
        (await acme.marks()) === counts.delivered && (await nova.marks()) === counts.aboveLimit + counts.ended,
    },
    {
      title: `${counts.ended} sales and losses are told, then RD Station refuses ${counts.aboveLimit} sales`,
      async act() {
        await sandbox.rd(names.nova).change({ settings: { maxSaleValue: SALE_LIMIT } })
        const opportunities = await nova.crm.opportunities()
        await inParallel(
          opportunities.map(({ id }, index) => ({ id, index })),
          async ({ id, index }) => {
            if (index < counts.aboveLimit) await nova.crm.win(id, SALE_LIMIT + 500 * (index + 1))
            else if (index < sold) await nova.crm.win(id, 900 + 150 * (index - counts.aboveLimit))
            else await nova.crm.lose(id, index % 3 === 0 ? 'Concorrência' : 'Preço')
          },
        )
      },
      isDone: async () =>
        (await hasFailed(names.nova, 'rd-station', counts.aboveLimit)) &&
        (await nova.marks()) === counts.aboveLimit + 2 * counts.ended &&
        (await isQuiet(nova)),
    },
    {
      title: `${counts.withoutField} leads are refused: TOTVS CRM wants the custom field ${CRM_FIELD}`,
      async act() {
        await nova.crm.change({ settings: { requiredLeadFields: [CRM_FIELD] } })
        await nova.bring(counts.withoutField)
      },
      isDone: () => hasFailed(names.nova, 'totvs-crm', counts.withoutField),
    },
    {
      title: `${counts.withoutRole} leads find no user: the default user has no role any more`,
      async act() {
        await acme.changeDefaultUser({ roleId: null })
        await acme.bring(counts.withoutRole)
      },
      isDone: () => hasFailed(names.acme, 'totvs-crm', counts.withoutRole),
    },
    {
      title: `${counts.quarantined} leads come with their e-mail in a field that Ponte is not told of`,
      act: () => acme.sendWithoutEmail(counts.quarantined),
      isDone: () => hasFailed(names.acme, 'quarantine', counts.quarantined),
    },
    {
      title: `RD Station is disconnected, and ${counts.waiting} marks wait`,
      async act() {
        await sandbox.rd(names.acme).revokeTokens()
        const opportunities = (await acme.crm.opportunities()).slice(0, counts.waiting)
        for (const [index, { id }] of opportunities.entries()) await acme.crm.win(id, 4000 + 250 * index)
      },
      isDone: async () =>
        (await countJobs(redis, names.acme, 'rd-station')).pending >= counts.waiting &&
        (await isStopped(names.acme, 'rd-station')),
    },
    {
      title: `TOTVS CRM is down, and ${counts.waiting} leads wait`,
      async act() {
        await sandbox.addFault({
          ...{ system: 'totvs-crm', match: { account: names.nova }, kind: 'status', status: 503, times: 'forever' },
          body: { code: 'UNAVAILABLE', message: 'Serviço temporariamente indisponível.' },
        })
        await nova.bring(counts.waiting)
      },
      isDone: async () =>
        (await countJobs(redis, names.nova, 'totvs-crm')).pending >= counts.waiting &&
        (await isStopped(names.nova, 'totvs-crm')),
    },
  ]
}

type Company = ReturnType<typeof openCompany>

function openCompany(ponte: Ponte, sandbox: SandboxClient, name: string) {
  const { rdStationUrl, tokens } = accessOf(ponte, name)
  const url = `${rdStationUrl}?token=${tokens.rdStation}`
  const rd = sandbox.rd(name)
  const crm = sandbox.crm(name)
  const addContact = async ({ seed, identifier }: Visitor): Promise<void> => {
    await rd.addContact(seed)
    await rd.convert(seed.uuid, { identifier })
  }
  return {
    name,
    crm,
    /** Visitors fill in forms, and RD Station delivers them. */
    bring: (count: number, owner?: string) =>
      inParallel(inventVisitors(count, owner), async visitor => {
        await addContact(visitor)
        await rd.deliverLead({ url, format: 'v1', contact: visitor.seed.uuid })
      }),
    /** The same, with the address where Ponte does not look for it, and no phone. */
    sendWithoutEmail: (count: number) =>
      inParallel(inventVisitors(count), async visitor => {
        await addContact(visitor)
        const { uuid, name, email } = visitor.seed
        const body = { leads: [{ uuid, name, custom_fields: { [EMAIL_FIELD]: email } }] }
        await rd.deliverLead({ url, format: 'raw', body })
      }),
    async marks(): Promise<number> {
      const { contacts } = await rd.state()
      return contacts.reduce((sum, { marks }) => sum + marks.length, 0)
    },
    changeDefaultUser: (change: { roleId: string | null }) => changeDefaultUser(sandbox, name, change),
  }
}

/** The user whom `variables.totvs_crm_default_user` names: the first of the sandbox's users. */
export async function changeDefaultUser(
  sandbox: SandboxClient,
  tenant: string,
  change: { readonly roleId: string | null },
): Promise<void> {
  const [user] = (await sandbox.crm(tenant).state()).users
  if (user === undefined) throw new Error(`TOTVS CRM of ${tenant} has no user`)
  await sandbox.crm(tenant).changeUser(user.id, change)
}

function accessOf({ tenants }: Ponte, name: string): TenantAccess {
  const access = tenants.find(tenant => tenant.name === name)
  if (access === undefined) throw new Error(`there is no tenant ${name}`)
  return access
}

const AT_ONCE = 16

async function inParallel<Item>(items: readonly Item[], act: (item: Item) => Promise<unknown>): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await act(item)
    }),
  )
}
