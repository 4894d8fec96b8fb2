import { openLink, startRedis } from '@ponte/testbed'
import { expect, onTestFinished, test } from 'vitest'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

/** Node.js adds advice to it. */
const UNKNOWN: unknown = expect.stringContaining('unable to verify the first certificate')

test('a Redis whose certificate nobody known has signed is not taken for one that is away, by doctor and by other commands', async () => {
  const server = await startRedis()
  const link = await openLink(server.port, { tls: true })
  const tenant = await cli.setUp.tenant()
  onTestFinished(async () => {
    await tenant.close()
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
