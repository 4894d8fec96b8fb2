import { setTimeout as sleep } from 'node:timers/promises'
import { opportunityWorkflows, type SandboxClient, startRedis, startSandbox } from '@ponte/testbed'
import { openQueueView, type QueueView } from '../run/queue-view.ts'
import { type Member, startFleet } from './fleet.ts'

/** Of contacts and of events each: the quota is not what this is about. */
const CALLS_PER_MINUTE = 100_000
/** Once nothing more comes, what is left must become less within this time: a busy machine may be minutes behind. */
const STUCK_MS = 60_000

export interface Restarts {
  /** It goes on for longer until each process was restarted once. */
  readonly seconds: number
  /** Between the beginnings of two restarts, unless one takes longer. */
  readonly everySeconds: number
  /** Half of them leads of RD Station, half of them webhooks of TOTVS CRM about the opportunities that come of them. */
  readonly deliveriesPerSecond: number
  /** Another checkout of Ponte, whose processes take turns with ours. */
  readonly beside?: string | undefined
}

export interface RestartsResult {
  /** What must not be, in words. */
  readonly problems: readonly string[]
  readonly figures: {
    readonly restarts: number
    /** Leads that were delivered, whatever the answer. */
    readonly sent: number
    readonly leads: number
    readonly webhooks: number
    readonly opportunities: number
    readonly marks: number
    /** Of the answers to leads. */
    readonly medianMs: number
    readonly longestMs: number
  }
}

interface Answer {
  readonly uuid: string
  /** Null where none came. */
  readonly status: number | null
  readonly text: string
  readonly ms: number
}

/** Restarts each process in turn while both systems send, waits until all is done, and asks both systems what they received. */
export async function runRestarts(plan: Restarts, log: (text: string) => void): Promise<RestartsResult> {
  const stops: (() => Promise<unknown>)[] = []
  try {
    const redis = await startRedis()
    stops.push(redis.stop)
    const sandbox = await startSandbox()
    stops.push(sandbox.stop)
    const fleet = await startFleet(redis.url, sandbox.url, {
      overrides: { rdStation: { minContactAgeSeconds: 0, callsPerMinute: CALLS_PER_MINUTE } },
      beside: plan.beside,
    })
    stops.push(fleet.stop)
    const queues = openQueueView(redis.url, fleet.tenant.name)
    stops.push(queues.close)
    return await restartUnderLoad(plan, { fleet, queues, client: sandbox.client, log })
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

interface Stage {
  readonly fleet: Awaited<ReturnType<typeof startFleet>>
  readonly queues: QueueView
  readonly client: SandboxClient
  readonly log: (text: string) => void
}

async function restartUnderLoad(plan: Restarts, { fleet, queues, client, log }: Stage): Promise<RestartsResult> {
  await client.crm().change({ workflows: opportunityWorkflows(fleet.tenant) })
  await client.rd().change({ settings: { contactsPerMinute: CALLS_PER_MINUTE, eventsPerMinute: CALLS_PER_MINUTE } })
  const over = new AbortController()
  const [answers, restarts] = await Promise.all([
    sendLeads(plan, { tenant: fleet.tenant, client, over: over.signal }),
    restartInTurn(plan, fleet.members, log).finally(() => over.abort()),
  ])
  log('nothing more comes')
  const left = await untilCalm(client, queues, answers.length)
  log(left === undefined ? 'all is done' : left)

  const { figures, found } = await look(client, answers)
  const failed = (await queues.failed()).map(({ name, reason }) => `a job failed: ${name}: ${reason}`)
  const problems = [...restarts.problems, ...(left === undefined ? [] : [left]), ...found, ...failed]
  return { problems, figures: { restarts: restarts.count, sent: answers.length, ...figures } }
}

async function restartInTurn(
  { seconds, everySeconds }: Restarts,
  members: readonly Member[],
  log: (text: string) => void,
): Promise<{ count: number; problems: readonly string[] }> {
  const until = performance.now() + seconds * 1000
  const problems: string[] = []
  for (let count = 0; ; count += 1) {
    const next = performance.now() + everySeconds * 1000
    const member = members[count % members.length]
    if (member === undefined || (next > until && count >= members.length)) return { count, problems }
    const { code, signal } = await member.restart()
    log(`${member.name} was restarted`)
    if (code !== 0) problems.push(`${member.name} ended with ${signal ?? `code ${code}`}`)
    await sleep(Math.max(0, next - performance.now()))
  }
}

interface Sending extends Pick<Stage, 'client'> {
  readonly tenant: Stage['fleet']['tenant']
  readonly over: AbortSignal
}

/**
 * One lead after the other at an even rate until it is over, whether or not earlier ones were answered. None is sent a second time.
 */
async function sendLeads(
  { deliveriesPerSecond }: Restarts,
  { tenant: { rdStationUrl, tokens }, client, over }: Sending,
): Promise<readonly Answer[]> {
  const perSecond = deliveriesPerSecond / 2
  const startedAt = performance.now()
  const answers: Promise<Answer>[] = []
  for (let index = 0; !over.aborted; index += 1) {
    await sleep(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()))
    const uuid = crypto.randomUUID()
    const email = `${uuid}@cliente.example`
    answers.push(
      client
        .rd()
        .addContact({ uuid, email, name: 'Ana Reinício' })
        .then(() => deliver(`${rdStationUrl}?token=${tokens.rdStation}`, { uuid, email, name: 'Ana Reinício' })),
    )
  }
  return await Promise.all(answers)
}

async function deliver(url: string, lead: { readonly uuid: string; email: string; name: string }): Promise<Answer> {
  const startedAt = performance.now()
  const sent = fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ leads: [lead] }),
  })
  const [status, text] = await sent.then(
    async answer => [answer.status, await answer.text()] as const,
    (error: unknown) => [null, error instanceof Error ? String(error.cause) : String(error)] as const,
  )
  return { uuid: lead.uuid, status, text, ms: performance.now() - startedAt }
}

/** No job is left, and each lead has its webhook, which was taken. Otherwise what is left when it becomes no less, in words. */
async function untilCalm(client: SandboxClient, queues: QueueView, leads: number): Promise<string | undefined> {
  let least = Number.POSITIVE_INFINITY
  let deadline = 0
  for (;;) {
    const jobs = await queues.countUnfinished()
    // There are thousands of webhooks: to list them takes from those who work.
    const webhooks = jobs > 0 ? [] : await client.deliveries({ system: 'totvs-crm' })
    const taken = webhooks.filter(({ state }) => state === 'delivered').length
    const left = jobs + leads - taken
    if (left <= 0) return undefined
    if (left < least) deadline = performance.now() + STUCK_MS
    least = Math.min(least, left)
    if (performance.now() > deadline) return `still to be done: ${jobs} jobs, ${leads - taken} webhooks`
    await sleep(1000)
  }
}

/** What both systems hold in the end: of each lead one of everything, and every delivery taken at once. */
async function look(client: SandboxClient, answers: readonly Answer[]) {
  const { leads, opportunities } = await client.crm().state()
  const { contacts } = await client.rd().state()
  const webhooks = await client.deliveries({ system: 'totvs-crm' })
  const leadsOf = Map.groupBy(leads, ({ externalId }) => externalId ?? '')
  const opportunitiesOf = Map.groupBy(opportunities, ({ leadId }) => leadId)
  const marksOf = new Map(contacts.map(({ uuid, marks }) => [uuid, marks]))
  const found: string[] = []
  for (const { uuid, status, text } of answers) {
    if (status !== 202 || !text.includes('"duplicates":[]'))
      found.push(`a lead was answered with ${status ?? 'nothing'}: ${text.slice(0, 200)}`)
    const ofPerson = leadsOf.get(`rd:${uuid}`) ?? []
    if (ofPerson.length !== 1) found.push(`${uuid} has ${ofPerson.length} leads`)
    const ofLead = ofPerson.flatMap(({ id }) => opportunitiesOf.get(id) ?? [])
    if (ofLead.length !== 1) found.push(`${uuid} has ${ofLead.length} opportunities`)
    const marks = (marksOf.get(uuid) ?? []).map(({ type }) => type)
    if (marks.join() !== 'OPPORTUNITY') found.push(`${uuid} has these marks: ${marks.join() || 'none'}`)
  }
  for (const { trigger, attempts } of webhooks) {
    const statuses = attempts.map(({ status }) => status ?? 'nothing').join()
    if (statuses !== '202') found.push(`a webhook ${trigger} was answered with ${statuses}`)
  }
  const times = answers.map(({ ms }) => ms).toSorted((one, other) => one - other)
  return {
    found,
    figures: {
      leads: leads.length,
      webhooks: webhooks.length,
      opportunities: opportunities.length,
      marks: contacts.flatMap(({ marks }) => marks).length,
      medianMs: times[Math.floor(times.length / 2)] ?? 0,
      longestMs: times.at(-1) ?? 0,
    },
  }
}
