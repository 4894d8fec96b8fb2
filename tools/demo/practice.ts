import { countJobs } from '@ponte/testbed'
import { Redis } from 'ioredis'
import type { Demo } from './scenario.ts'

/** What a visitor enters for the lead that came without an e-mail. */
export const CARLA = 'carla@cliente.example'

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

  // RD Station knows her, or her marks would fail once she is corrected.
  const carla = await sandbox.rd().addContact({ name: 'Carla Demo', email: CARLA })
  const body = { leads: [{ uuid: carla.uuid, name: carla.name }] }
  await reporter.step(
    'Carla: comes without e-mail and phone (LEAD_WITHOUT_IDENTITY); edit the event and retry',
    () => sandbox.rd().deliverLead({ url, format: 'raw', body }),
    () => hasFailed('quarantine'),
  )
}
