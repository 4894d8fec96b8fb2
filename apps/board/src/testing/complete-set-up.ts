import { createDeliveryRecorder, createDoctorResults, createLastTimes, createSelfTests } from '@ponte/state'
import type { OpenBoard } from './open-board.ts'

/** Records that everything of the checklist was done for the board's tenant, as the other processes do. */
export async function completeSetUp({ redis, tenants, fingerprint }: OpenBoard): Promise<void> {
  const deliveries = createDeliveryRecorder(redis)
  for (const { name, settings } of tenants) {
    const times = createLastTimes(redis, name)
    for (const system of ['rd-station', 'totvs-crm'] as const) {
      await times.record(system)
      deliveries.accepted(name, system, { isEvent: true })
    }
    const variables = fingerprint.exact(JSON.stringify(settings.variables))
    await createDoctorResults(redis).write(name, { at: Date.now(), problems: [], variables, samples: [] })
  }
  await deliveries.close()
  await createSelfTests(redis).conclude('alerts', { channels: [{ name: 'webhook', result: 'sent' }] })
}
