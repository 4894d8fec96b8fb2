import { createReconcileRecord } from '@ponte/state'
import { expect, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()

test('only a reconcile that looks back as far as the workers do counts as one: it moves the schedule and ends alerts', async () => {
  const tenant = await set.setUp.tenant({ reconcile: { everyMinutes: 60, lookbackHours: 3 } })
  try {
    const record = createReconcileRecord(tenant.redis, tenant.name)
    const last = { at: 5, missing: 2, sent: 2, needsPerson: false }
    await record.write(last)
    for (const since of ['5m', '179m', '2h'])
      expect(await tenant.run(['reconcile', '--since', since, '--json'])).toMatchObject({ code: 0 })
    expect(await record.read()).toMatchObject({ ...last, inARow: 1 })
    expect(await tenant.run(['reconcile', '--since', '3h', '--dry-run'])).toMatchObject({ code: 0 })
    expect(await record.read()).toMatchObject({ ...last, inARow: 1 })
    expect(await tenant.run(['reconcile', '--since', '3h'])).toMatchObject({ code: 0 })
    expect((await record.read())?.at).toBeGreaterThan(5)
  } finally {
    await tenant.close()
  }
})

test('without a setting, each one counts', async () => {
  const tenant = await set.setUp.tenant()
  try {
    expect(await tenant.run(['reconcile', '--since', '5m'])).toMatchObject({ code: 0 })
    expect(await createReconcileRecord(tenant.redis, tenant.name).read()).toMatchObject({ missing: 0 })
  } finally {
    await tenant.close()
  }
})
