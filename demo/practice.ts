import { countJobs } from '@ponte/testbed'
import { Redis } from 'ioredis'
import type { Demo } from './scenario.ts'

/** Leaves two failed events of different causes, so that a visitor has something to find and to fix. */
export async function leaveFailures(demo: Demo): Promise<void> {
  const redis = new Redis(demo.ponte.settings.REDIS_URL)
  try {
    await playFailures(demo, redis)
  } finally {
    redis.disconnect()
  }
}

async function playFailures({ ponte, sandbox, reporter }: Demo, redis: Redis): Promise<void> {
  const { name, rdStationUrl, tokens } = ponte.tenant
  const url = `${rdStationUrl}?token=${tokens.rdStation}`
  // That TOTVS CRM has refused is not enough: a visitor who looks at once must find the event.
  const hasFailed = async (kind: 'totvs-crm' | 'quarantine'): Promise<true | undefined> =>
    (await countJobs(redis, name, kind)).failed === 1 ? true : undefined

  const bruno = await sandbox.rd().addContact({ name: 'Bruno Demo', email: 'bruno@cliente.example' })
  await sandbox.rd().convert(bruno.uuid, { identifier: 'formulario-demo' })
  await sandbox.addFault({
    system: 'totvs-crm',
    match: { method: 'POST', action: 'create', resource: 'leads-integration' },
    kind: 'status',
    status: 422,
    body: {
      code: 'LEAD-422',
      message: 'Campo obrigatório não informado',
      detailedMessage: 'addresses: informe a cidade',
    },
  })
  await reporter.step(
    'Bruno: TOTVS CRM refuses the lead once (CRM_REJECTED); retry the event',
    () => sandbox.rd().deliverLead({ url, format: 'v1', contact: bruno.uuid }),
    () => hasFailed('totvs-crm'),
  )

  await reporter.step(
    'A lead comes without e-mail and phone (LEAD_WITHOUT_IDENTITY); edit it and retry',
    () => post(url, { leads: [{ id: '900001', uuid: 'demo-without-identity', name: 'Carla Demo' }] }),
    () => hasFailed('quarantine'),
  )
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (response.status !== 202) throw new Error(`The ingress answered ${response.status} instead of 202`)
}
