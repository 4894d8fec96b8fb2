import { setTimeout as sleep } from 'node:timers/promises'
import {
  opportunityWorkflows,
  type Ponte,
  type RedisServer,
  type Sandbox,
  type SandboxClient,
  startPonte,
  startRedis,
  startSandbox,
  type TenantOverrides,
} from '@ponte/testbed'
import { conversionBody } from '../plan/bodies.ts'
import type { Evidence } from '../check/evidence.ts'
import { startObserver } from './observer.ts'
import { ECHO_VERSION, type Person, valuesOf } from '../plan/people.ts'
import type { Plan } from '../plan/plan.ts'
import { openQueueView, type QueueView } from './queue-view.ts'
import { type Sent, sendAsRdStation } from './rd-sender.ts'
import { playScenario } from './salesperson.ts'
import { type FailoverKind, type FailoverRedis, injectFailovers, startFailoverRedis } from './fail-over.ts'
import { followProcesses, injectVendorFaults, injectProcessFaults } from './inject-faults.ts'

/** Of contacts and of events each; low enough to be felt after an outage. */
const CALLS_PER_MINUTE = 1500

/** They take turns. */
const owners = ['ana.vendedora@demo.example', 'bia.vendedora@demo.example', 'caio.vendedor@demo.example'] as const

/** Of a mark that fails. */
const ROUNDS = 2

const tenant: TenantOverrides = {
  rdStation: { minContactAgeSeconds: 0, callsPerMinute: CALLS_PER_MINUTE },
  retry: { attempts: 60, firstDelaySeconds: 0.8, maxDelaySeconds: 2 },
  circuitBreaker: { failureThreshold: 5, probeSeconds: 0.3, maxProbeSeconds: 1 },
  statusRd: { rounds: ROUNDS, pauseSeconds: 0.5 },
  fields: [
    { from: 'conversion.identifier', to: 'lead.customFields.origem' },
    { from: 'conversion.identifier', to: 'opportunity.customFields.origem' },
  ],
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  routes: [{ name: 'rodízio', when: {}, then: { owner: [...owners] } }],
}

/** Once the storm is over, Ponte brings everything in order: how long it may take until less is left to do. */
const LESS_WITHIN_MS = 120_000

export interface StormResult {
  readonly evidence: Evidence
  /** Of the storm itself, and of the time until all was done after it. */
  readonly stormMs: number
  readonly calmMs: number
}

export interface StormOptions {
  /** Instead of killing and freezing one Redis, the tenant's primary is lost every 20 s. */
  readonly failover?: FailoverKind | undefined
}

/** Starts two workers, an ingress, a Redis and both systems, lets the storm loose, waits until all is calm, and looks. */
export async function runStorm(
  plan: Plan,
  log: (text: string) => void,
  { failover }: StormOptions = {},
): Promise<StormResult> {
  const stops: (() => Promise<unknown>)[] = []
  try {
    const set = failover && (await startFailoverRedis(failover))
    if (set !== undefined) stops.push(set.stop)
    const redis = set === undefined ? await startRedis() : undefined
    if (redis !== undefined) stops.push(redis.stop)
    const sandbox = await startSandbox()
    stops.push(sandbox.stop)
    const ponte = await startPonte({
      redisUrl: redis?.url ?? '',
      sandboxUrl: sandbox.url,
      workers: 2,
      tenants: { [`storm-${plan.seed}`]: tenant },
      env: set?.env ?? {},
    })
    stops.push(ponte.stop)
    const queues = openQueueView(set?.connection ?? redis?.url ?? '', ponte.tenant.name)
    stops.push(queues.close)
    await setStage(plan, { ponte, sandbox: sandbox.client })
    return await weather(plan, { redis, set, sandbox, ponte, queues, log })
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

/** The contacts are in RD Station, and the CRM sends its webhooks to Ponte. */
async function setStage({ people }: Plan, { ponte, sandbox }: { ponte: Ponte; sandbox: SandboxClient }): Promise<void> {
  await sandbox.crm().change({
    workflows: opportunityWorkflows(ponte.tenant),
    settings: {
      ...{ webhookPauseMs: 500, customFieldsUpdate: 'replace' },
      ...{ leadFields: ['origem'], opportunityFields: ['statusRD', 'origem'] },
    },
  })
  await sandbox.rd().change({
    settings: {
      contactsPerMinute: CALLS_PER_MINUTE,
      eventsPerMinute: CALLS_PER_MINUTE,
      // A day's worth of calls for one contact is used up in a minute here.
      funnelCallsPerContactPerDay: 10_000,
      eventsPerContactPerDay: 10_000,
    },
  })
  for (const person of people) {
    const { uuid, email, phone } = person
    const values = valuesOf(person, { version: ECHO_VERSION })
    await sandbox.rd().addContact({
      uuid,
      name: values.name,
      city: values.city,
      job_title: values.jobTitle,
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { mobile_phone: phone }),
    })
    const { colleague } = person
    if (colleague !== undefined) await sandbox.rd().addContact({ ...colleague, name: values.name })
  }
}

interface Stage {
  readonly redis: RedisServer | undefined
  readonly set: FailoverRedis | undefined
  readonly sandbox: Sandbox
  readonly ponte: Ponte
  readonly queues: QueueView
  readonly log: (text: string) => void
}

async function weather(plan: Plan, { redis, set, sandbox, ponte, queues, log }: Stage): Promise<StormResult> {
  const { client } = sandbox
  const startedAt = performance.now()
  const endsAt = startedAt + plan.lengthMs
  const post = createSender(plan, ponte)
  const observer = startObserver(client, queues)
  const office = { sandbox: client, observer, endsAt, convert: post.convert, deliveredAt: post.deliveredAt }

  const ended: string[] = []
  const targets = followProcesses(ponte, redis, text => void ended.push(text))
  const [stands, , losses] = await Promise.all([
    Promise.all(
      plan.people.map((person, index) => playScenario(person, plan.scenarios[index] ?? { steps: [] }, office)),
    ),
    injectProcessFaults(plan.processFaults, { targets, endsAt, log }),
    set && injectFailovers(set.of(ponte.tenant.name), { endsAt, seed: plan.seed, log }),
    injectVendorFaults(plan.vendorFaults, { sandbox: client, webhookUrl: webhookUrlOf(ponte), startedAt }),
    post.deliverAll(startedAt),
  ])
  await observer.stop()
  await client.clearFaults()
  const calmAt = performance.now()
  log('the storm is over')
  await untilCalm(client, queues)

  const { leads, opportunities } = await client.crm().state()
  const { contacts, droppedMarks } = await client.rd().state()
  return {
    stormMs: calmAt - startedAt,
    calmMs: performance.now() - calmAt,
    evidence: {
      people: plan.people,
      sent: post.sent,
      webhooks: await client.deliveries({ system: 'totvs-crm' }),
      echoes: await client.deliveries({ system: 'rd-station' }),
      stands: stands.flat(),
      leads,
      opportunities,
      contacts,
      droppedMarks,
      calls: await client.calls(),
      quotas: await client.rd().quotas(),
      callsPerMinute: CALLS_PER_MINUTE,
      rounds: ROUNDS,
      hiddenFields: plan.vendorFaults.filter(({ kind }) => kind === 'hidden-fields').length,
      losses: losses ?? [],
      jobs: [...(await queues.failed()), ...(await queues.unfinished())],
      // Those that end from here on were stopped.
      ended: [...ended],
    },
  }
}

const webhookUrlOf = ({ tenant }: Ponte): string => `${tenant.rdStationUrl}?token=${tenant.tokens.rdStation}`

/** Delivers for RD Station and keeps what became of it. */
function createSender(plan: Plan, ponte: Ponte) {
  const url = webhookUrlOf(ponte)
  const sent: Sent[] = []
  const open = new Map<number, number>()
  const deliveredAt = new Map<number, number>()
  const count = (people: ReadonlySet<number>, change: 1 | -1): void => {
    for (const person of people) {
      open.set(person, (open.get(person) ?? 0) + change)
      deliveredAt.set(person, performance.now())
    }
  }
  const peopleOf = ({ contents }: Pick<Sent, 'contents'>): Set<number> =>
    new Set(contents.flatMap(content => (content.kind === 'conversion' ? [content.person] : [])))
  for (const delivery of plan.deliveries) count(peopleOf(delivery), 1)

  return {
    sent,
    deliveredAt: ({ number }: Person): number | undefined =>
      (open.get(number) ?? 0) === 0 ? (deliveredAt.get(number) ?? 0) : undefined,
    async convert(person: Person, version: number): Promise<void> {
      const conversion = person.conversions[version - 1]
      if (conversion !== undefined) sent.push(await sendAsRdStation(url, conversionBody(person, conversion)))
    },
    async deliverAll(startedAt: number): Promise<void> {
      await Promise.all(
        plan.deliveries.map(async delivery => {
          await sleep(Math.max(0, startedAt + delivery.atMs - performance.now()))
          sent.push(await sendAsRdStation(url, delivery))
          count(peopleOf(delivery), -1)
        }),
      )
    },
  }
}

const CHECK_EVERY_MS = 500

/** No webhook is under way and no job is left, twice in a row. The checker reports what is left when nothing goes on. */
async function untilCalm(sandbox: SandboxClient, queues: QueueView): Promise<void> {
  let fewest = { left: Infinity, at: performance.now() }
  let calmChecks = 0
  while (calmChecks < 2 && performance.now() - fewest.at < LESS_WITHIN_MS) {
    await sleep(CHECK_EVERY_MS)
    const sending = await sandbox.deliveries({ state: 'sending' })
    const jobs = await queues.unfinished().catch(() => undefined)
    const left = jobs === undefined ? Infinity : sending.length + jobs.length
    if (left < fewest.left) fewest = { left, at: performance.now() }
    calmChecks = left === 0 ? calmChecks + 1 : 0
  }
}
