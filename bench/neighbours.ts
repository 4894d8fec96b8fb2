import { setTimeout as sleep } from 'node:timers/promises'
import { startPonte, startSandbox } from '@ponte/testbed'
import { median, time } from './report.ts'

const FLOOD = 10_000
const PROBES = 15

/** How long one tenant's lead takes while another tenant's destination is dead and thousands of its events wait. */
export async function benchNeighbours(redisUrl: string): Promise<void> {
  const sandbox = await startSandbox()
  const noisy = `noisy-${crypto.randomUUID().slice(0, 8)}`
  const quiet = `quiet-${crypto.randomUUID().slice(0, 8)}`
  const dead = { totvsCrm: { baseUrl: 'http://127.0.0.1:9' } }
  const ponte = await startPonte({
    redisUrl,
    sandboxUrl: sandbox.url,
    workers: 2,
    tenants: { [noisy]: dead, [quiet]: {} },
    env: { LOG_LEVEL: 'error' },
  })
  try {
    const post = async (tenant: string, leads: readonly object[]): Promise<void> => {
      const access = ponte.tenants.find(({ name }) => name === tenant)
      const response = await fetch(access?.rdStationUrl ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json', apiToken: access?.tokens.rdStation ?? '' },
        body: JSON.stringify({ leads }),
      })
      if (response.status !== 202) throw new Error(`the ingress answered ${response.status}`)
    }
    const bringOne = async (): Promise<void> => {
      const uuid = crypto.randomUUID()
      await post(quiet, [{ uuid, email: `${uuid}@cliente.example` }])
      const arrived = async (): Promise<boolean> =>
        (await sandbox.client.crm().state()).opportunities.length > arrivedBefore
      while (!(await arrived())) await sleep(5)
      arrivedBefore++
    }
    let arrivedBefore = 0
    const measure = async (): Promise<number> => {
      const times: number[] = []
      for (let probe = 0; probe < PROBES; probe++) times.push(await time(bringOne))
      return median(times)
    }

    await bringOne()
    const alone = await measure()
    for (let sent = 0; sent < FLOOD; sent += 500) {
      await post(
        noisy,
        Array.from({ length: 500 }, () => ({ uuid: crypto.randomUUID(), email: 'a@cliente.example' })),
      )
    }
    const beside = await measure()
    console.log(
      `a lead's way beside a neighbour with ${FLOOD} waiting events and a dead CRM, against alone: ${(beside / alone).toFixed(2)} ×`,
    )
    console.log(`  beside ${beside.toFixed(1)} ms, alone ${alone.toFixed(1)} ms (medians of ${PROBES} leads each)`)
  } finally {
    await ponte.stop()
    await sandbox.stop()
  }
}
