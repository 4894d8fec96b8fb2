import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPonte, startSandbox } from '@ponte/testbed'
import { openSender } from '../measure/deliver.ts'
import { type Figure, spreadOf } from '../measure/figures.ts'
import { openQueue } from '../measure/queue.ts'
import { crmEventBody } from '../measure/bodies.ts'
import type { Row } from '../row.ts'

const SECONDS = 30
/** RD Station's plans allow as many calls a minute. */
const quotas = [120, 500] as const
const workerCounts = [1, 2, 8] as const

/** How much of RD Station's quota a backlog of marks uses, and what it costs TOTVS CRM while it waits. */
export const quota: Row = {
  name: 'quota',
  title: `RD Station's quota while a backlog of marks waits, ${SECONDS} s each`,
  async measure(redisUrl) {
    const figures: Figure[] = []
    for (const callsPerMinute of quotas)
      for (const workers of workerCounts) figures.push(...(await measureQuota(redisUrl, callsPerMinute, workers)))
    return figures
  },
}

async function measureQuota(redisUrl: string, callsPerMinute: number, workers: number): Promise<Figure[]> {
  const backlog = (callsPerMinute * SECONDS) / 60 + 200
  const sandbox = await startSandbox()
  const { client } = sandbox
  const name = `quota-${randomUUID().slice(0, 8)}`
  await client.rd().change({ settings: { contactsPerMinute: callsPerMinute, eventsPerMinute: callsPerMinute } })
  const ponte = await startPonte({
    redisUrl,
    sandboxUrl: sandbox.url,
    workers,
    tenants: { [name]: { rdStation: { callsPerMinute, minContactAgeSeconds: 0 } } },
    env: { LOG_LEVEL: 'error', WORKER_CONCURRENCY: '50' },
  })
  const queue = openQueue(redisUrl, `${name}.rd-station`, `{${name}}`)
  const sender = openSender(
    { url: `${ponte.tenant.totvsCrmUrl}/opportunity-created`, token: ponte.tenant.tokens.totvsCrm },
    16,
  )
  try {
    await queue.pause()
    const bodies: string[] = []
    for (let index = 0; index < backlog; index += 1) {
      const email = `fila.${index}@cliente.example`
      const { uuid } = await client.rd().addContact({ name: 'Da Fila', email })
      const emails = [{ email, emailTypeId: randomUUID(), standard: true }]
      const lead = await client.crm().addLead({ name: 'Da Fila', externalId: `rd:${uuid}`, emails })
      bodies.push(crmEventBody((await client.crm().addOpportunity({ leadId: lead.id })).id))
    }
    await sender.flood(bodies)
    await client.clearCalls()
    await queue.resume()
    await sleep(SECONDS * 1000)
    const reads = await client.calls({ system: 'totvs-crm' })
    const marks = await client.calls({ path: '/platform/events', method: 'POST' })
    const refused = (await client.calls({ system: 'rd-station' })).filter(({ status }) => status === 429)
    const times = marks.map(({ at }) => Date.parse(at))
    const minutes = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 60_000
    const what = `${callsPerMinute} a minute, workers: ${workers}`
    return [
      { what: `${what}: used`, unit: '%', ponte: one(((times.length - 1) / minutes / callsPerMinute) * 100) },
      { what: `${what}: answers 429`, unit: '', ponte: one(refused.length) },
      { what: `${what}: calls to TOTVS CRM for each mark`, unit: '', ponte: one(reads.length / marks.length) },
    ]
  } finally {
    sender.close()
    await queue.close()
    await ponte.stop()
    await sandbox.stop()
  }
}

const one = (value: number) => spreadOf([value])
