import { createTenantMode } from '@ponte/state'
import { expect, onTestFinished, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const set = useCliSetUp()

test('the beginning of the shadow may be named as screens show it, in whole seconds', async () => {
  const tenant = await set.setUp.tenant({ rdStation: { callsPerMinute: 100_000 } })
  onTestFinished(() => tenant.close())
  const mode = createTenantMode(tenant.redis, tenant.name)
  await mode.declare('shadow')
  const { shadowSince = 0 } = await mode.read()
  const shown = Math.floor(shadowSince / 1000) * 1000
  const switchAt = (at: number) => tenant.run(['switch', '--off-at', new Date(at).toISOString(), '--json'])
  expect((await switchAt(shown - 1000)).code).toBe(2)
  expect((await switchAt(shown)).data()).toMatchObject({ offAt: new Date(shadowSince).toISOString() })
  expect((await mode.read()).offAt).toBe(shadowSince)
})
