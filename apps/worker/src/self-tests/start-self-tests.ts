import type { System } from '@ponte/contracts'
import type { LiveTenants, Logger } from '@ponte/runtime'
import { createSelfTests, type SelfTestResult, type SelfTestSubject, type RedisClient } from '@ponte/state'
import { testMessage } from '../alerts/alert-texts.ts'
import type { Channel } from '../alerts/channels.ts'
import { type Loop, repeat } from '../upkeep/in-turn.ts'

/** One command of Redis each time, whatever the number of tenants. */
const EVERY_MS = 1000

export interface SelfTestDeps {
  readonly redis: RedisClient
  /** That this worker serves. */
  readonly tenants: Pick<LiveTenants, 'current'>
  readonly testConnection: (tenant: string, system: System, closing: AbortSignal) => Promise<SelfTestResult | undefined>
  /** The channels of the alerts. */
  readonly channels: readonly Channel[]
  readonly boardUrl: string | undefined
  readonly log: Logger
}

/** Makes the tests that people ask for on the board. Any worker may take any of them. */
export const startSelfTests = (deps: SelfTestDeps): Loop =>
  repeat(
    closing => runSelfTests(deps, closing).catch((err: unknown) => deps.log.debug({ err }, 'no self-test was made')),
    { everyMs: EVERY_MS },
  )

/** Makes all tests that are asked for now. Rejects when Redis does not answer. */
export async function runSelfTests(deps: SelfTestDeps, closing: AbortSignal): Promise<void> {
  const tests = createSelfTests(deps.redis)
  const served = new Set(deps.tenants.current().map(({ name }) => name))
  while (!closing.aborted) {
    const subject = await tests.take(tenant => served.has(tenant))
    if (subject === undefined) return
    const result = await runTest(subject, deps, closing)
    if (result !== undefined) await tests.conclude(subject, result)
  }
}

async function runTest(
  subject: SelfTestSubject,
  deps: SelfTestDeps,
  closing: AbortSignal,
): Promise<SelfTestResult | undefined> {
  if (subject !== 'alerts') return await deps.testConnection(subject.tenant, subject.system, closing)
  const message = testMessage(deps.boardUrl)
  const channels: NonNullable<SelfTestResult['channels']> = []
  for (const { name, send } of deps.channels) channels.push({ name, result: await send(message) })
  deps.log.info({ channels }, 'the alerts were tested')
  return { channels }
}
