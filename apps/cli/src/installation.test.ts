import { createTenantMode } from '@ponte/state'
import { openLink, startRedis } from '@ponte/testbed'
import { expect, onTestFinished, test } from 'vitest'
import { onlyLive } from './installation.ts'
import { UsageError } from './session.ts'
import { useCliSetUp } from './testing/use-cli-set-up.ts'
import { textsOf } from './texts/texts.ts'

const cli = useCliSetUp()

/** Node.js adds advice to it. */
const UNKNOWN: unknown = expect.stringContaining('unable to verify the first certificate')

test('a Redis whose certificate nobody known has signed is not taken for one that is away, by doctor and by other commands', async () => {
  const server = await startRedis()
  const link = await openLink(server.port, { tls: true })
  const tenant = await cli.newTenant()
  onTestFinished(async () => {
    await link.close()
    await server.stop()
  })
  const env = { REDIS_URL: `rediss://127.0.0.1:${link.port}` }
  const doctor = await tenant.run(['doctor', '--json'], { env })
  expect(doctor.code).toBe(3)
  expect(doctor.data()).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({ check: 'redis', problem: 'REDIS_TLS_FAILS', detail: UNKNOWN }),
    ]),
  })
  expect(await tenant.run(['failures'], { env })).toMatchObject({ code: 3, stderr: UNKNOWN })
})

test('of several tenants those in the shadow are left out with a notice, and it is an error when all are', async () => {
  const [one, other] = [await cli.newTenant(), await cli.newTenant({ mode: 'shadow' })]
  await createTenantMode(one.redis, one.name).declare('live')
  const notices: string[] = []
  const session = { texts: textsOf.en, notice: (text: string) => void notices.push(text) }
  const choose = () => onlyLive(one.redis, [one.tenant, other.tenant], session)
  expect((await choose()).map(({ name }) => name)).toEqual([one.name])
  expect(notices).toEqual([expect.stringContaining(`"${other.name}" is in the shadow`)])
  await createTenantMode(one.redis, one.name).goBack('now')
  await expect(choose()).rejects.toBeInstanceOf(UsageError)
})
