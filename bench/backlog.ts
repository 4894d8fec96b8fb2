import { setTimeout as sleep } from 'node:timers/promises'
import { startPonte, startSandbox } from '@ponte/testbed'
import { Queue } from 'bullmq'

const CALLS_PER_MINUTE = 120
const SECONDS = 30
const BACKLOG = 900
/** Workers, and slots of each. */
const sizes = [
  [1, 5],
  [1, 100],
  [2, 5],
  [2, 100],
  [8, 5],
  [8, 100],
] as const

/** What a backlog of marks costs TOTVS CRM while it waits for RD Station's quota, whatever the number of workers and slots. */
export async function benchBacklog(redisUrl: string): Promise<void> {
  console.log(`a backlog of ${BACKLOG} marks, ${CALLS_PER_MINUTE} calls a minute allowed, ${SECONDS} s each:`)
  for (const [workers, slots] of sizes) console.log(await measure(redisUrl, workers, slots))
}

async function measure(redisUrl: string, workers: number, slots: number): Promise<string> {
  const sandbox = await startSandbox()
  const name = `backlog-${crypto.randomUUID().slice(0, 8)}`
  const ponte = await startPonte({
    redisUrl,
    sandboxUrl: sandbox.url,
    workers,
    tenants: { [name]: { rdStation: { callsPerMinute: CALLS_PER_MINUTE, minContactAgeSeconds: 0 } } },
    env: { LOG_LEVEL: 'error', WORKER_CONCURRENCY: String(slots) },
  })
  const { hostname, port } = new URL(redisUrl)
  const queue = new Queue(`${name}.rd-station`, {
    connection: { host: hostname, port: Number(port) },
    prefix: `{${name}}`,
    skipMetasUpdate: true,
  })
  const { client } = sandbox
  try {
    await queue.pause()
    for (let index = 0; index < BACKLOG; index++) {
      const { uuid } = await client.rd().addContact({ name: 'Da Fila', email: `fila.${index}@cliente.example` })
      const emails = [{ email: `fila.${index}@cliente.example`, emailTypeId: crypto.randomUUID(), standard: true }]
      const lead = await client.crm().addLead({ name: 'Da Fila', externalId: `rd:${uuid}`, emails })
      const { id } = await client.crm().addOpportunity({ leadId: lead.id })
      await announce(ponte.tenant.totvsCrmUrl, ponte.tenant.tokens.totvsCrm, id)
    }
    await client.clearCalls()
    await queue.resume()
    await sleep(SECONDS * 1000)
    const reads = await client.calls({ system: 'totvs-crm' })
    const marks = await client.calls({ path: '/platform/events', method: 'POST' })
    const refused = (await client.calls({ system: 'rd-station' })).filter(({ status }) => status === 429).length
    const times = marks.map(({ at }) => Date.parse(at))
    const minutes = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 60_000
    const share = (times.length - 1) / minutes / CALLS_PER_MINUTE
    const per = (reads.length / marks.length).toFixed(2)
    return `  ${workers} × ${slots}: ${marks.length} marks, ${reads.length} calls to TOTVS CRM (${per} a mark), ${(share * 100).toFixed(1)} % of the quota, ${refused} answers 429`
  } finally {
    await queue.close()
    await ponte.stop()
    await sandbox.stop()
  }
}

async function announce(url: string, token: string, opportunityId: string): Promise<void> {
  const response = await fetch(`${url}/opportunity-created`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apiToken: token },
    body: JSON.stringify({
      eventId: crypto.randomUUID(),
      source: { object: { contextUrl: '/api/v11/opportunity/opportunities' }, row: { id: opportunityId } },
    }),
  })
  if (response.status !== 202) throw new Error(`the ingress answered ${response.status}`)
}
