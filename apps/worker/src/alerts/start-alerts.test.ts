import { createLogger, openStateRedis, type Tenant } from '@ponte/runtime'
import {
  type AlertEpisode,
  createCircuitBreaker,
  createCredentialRefusals,
  createDeliveryRecorder,
  createReconcileRecord,
} from '@ponte/state'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { alertDeps, recordingChannel } from '../testing/recording-channel.ts'
import { testTenant } from '../testing/test-tenant.ts'
import type { Channel, SendResult } from './channels.ts'
import { afterMessage, checkTenant, planMessage } from './start-alerts.ts'
import type { Condition } from './read-alert-states.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const refused = { credential: 'c', correlationKey: 's', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
const policy = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }

let redis: Redis
let tenant: Tenant
beforeEach(() => {
  tenant = testTenant()
  redis = openStateRedis(inject('redisUrl'), log)
})
afterEach(() => redis.disconnect())

const deps = () => alertDeps(redis, [tenant])

test('a revoked connection is announced in Portuguese and English with a link, and so is its end', async () => {
  const breaker = createCircuitBreaker(redis, tenant.name, policy)
  const { channel, messages, texts } = recordingChannel()
  await checkTenant(tenant, [channel], deps())
  expect(messages).toEqual([])

  await createCredentialRefusals(redis, tenant.name, policy).refuse('rd-station', refused)
  await checkTenant(tenant, [channel], deps())
  await checkTenant(tenant, [channel], deps())
  const [text = ''] = texts()
  expect(messages).toHaveLength(1)
  expect(text.replaceAll(/\d+ (?:s|sec)\b/g, 'N s').split('\n')).toEqual([
    `Ponte · ${tenant.name}: RD Station desconectado: reconecte a conta · há N s (RD_TOKEN_REVOKED). Aguardam até alguém corrigir: TOTVS → RD Station. Nenhum evento se perde.`,
    `Ponte · ${tenant.name}: RD Station disconnected: reconnect the account · N s ago (RD_TOKEN_REVOKED). On hold until somebody corrects it: TOTVS → RD Station. No event is lost.`,
    'https://board.example/waiting',
  ])

  await breaker.close('rd-station')
  await checkTenant(tenant, [channel], deps())
  await checkTenant(tenant, [channel], deps())
  expect(messages).toHaveLength(2)
  expect(texts()[1]).toContain('o RD Station aceita o Ponte de novo')
})

test('failures that wait when a worker starts are announced by its first check, before any queue was used', async () => {
  const earlier = openStateRedis(inject('redisUrl'), log)
  const failed = `{${tenant.name}}:${tenant.name}.totvs-crm:failed`
  await earlier.zadd(failed, ...Array.from({ length: 12 }, (_job, index) => [Date.now(), `job-${index}`]).flat())
  earlier.disconnect()
  const { channel, texts } = recordingChannel()
  await checkTenant(tenant, [channel], deps())
  expect(texts()).toEqual([expect.stringContaining('12')])
})

test('workers that check at the same moment send one message', async () => {
  await createCredentialRefusals(redis, tenant.name, policy).refuse('rd-station', refused)
  const { channel, messages } = recordingChannel()
  await Promise.all(Array.from({ length: 8 }, () => checkTenant(tenant, [channel], deps())))
  expect(messages).toHaveLength(1)
})

test('processes that die between the message and its record send it twice at the most', async () => {
  await createCredentialRefusals(redis, tenant.name, policy).refuse('rd-station', refused)
  const dying = recordingChannel(() => {
    throw new Error('killed')
  })
  for (let look = 0; look < 4; look += 1) await checkTenant(tenant, [dying.channel], deps()).catch(() => undefined)
  expect(dying.messages).toHaveLength(2)
})

test('each channel has its own messages: one that is down does not make the other repeat', async () => {
  await createCredentialRefusals(redis, tenant.name, policy).refuse('rd-station', refused)
  const down = recordingChannel(() => 'refused')
  const up = recordingChannel()
  const channels: Channel[] = [{ ...down.channel, name: 'email' }, up.channel]
  await checkTenant(tenant, channels, deps())
  await checkTenant(tenant, channels, deps())
  expect(up.messages).toHaveLength(1)
})

test('what is stored about episodes expires', async () => {
  await createCredentialRefusals(redis, tenant.name, policy).refuse('rd-station', refused)
  await checkTenant(tenant, [recordingChannel().channel], deps())
  const keys = await redis.keys(`{${tenant.name}}:ponte:alert:*`)
  expect(keys).toHaveLength(1)
  for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0)
})

test('an open circuit breaker is announced only when it has been open for long', async () => {
  await createCircuitBreaker(redis, tenant.name, policy).fail('totvs-crm', {
    jobId: 'a',
    correlationKey: 'a',
    kind: 'read',
    code: 'CRM_UNAVAILABLE',
    outage: true,
  })
  const { channel, texts } = recordingChannel()
  await checkTenant(tenant, [channel], deps())
  expect(texts()).toEqual([])
  await redis.hincrby(`{${tenant.name}}:ponte:circuit-breaker:totvs-crm`, 'since', -900_000)
  await checkTenant(tenant, [channel], deps())
  expect(texts()).toEqual([
    expect.stringMatching(
      /TOTVS CRM está fora do ar · há 15 min · .*Em pausa automática: RD Station → TOTVS, TOTVS → RD/,
    ),
  ])
})

/** Time goes by: what Redis holds of refused deliveries is longer ago. */
async function pass(ms: number): Promise<void> {
  const key = `{${tenant.name}}:ponte:refused-deliveries:rd-station`
  const text = await redis.get(key)
  if (text !== null)
    await redis.set(
      key,
      text.replaceAll(/\d{13}/g, time => String(Number(time) - ms)),
      'KEEPTTL',
    )
}

test('ten refused deliveries without an accepted one are announced once, whoever sends them, until one is accepted', async () => {
  const deliveries = createDeliveryRecorder(redis)
  const refuse = async (count: number) => {
    for (let each = 0; each < count; each += 1) deliveries.refused(tenant.name, 'rd-station', 'wrong-token')
    await deliveries.close()
  }
  const { channel, texts } = recordingChannel()
  await refuse(9)
  await pass(60_000)
  await checkTenant(tenant, [channel], deps())
  expect(texts()).toEqual([])
  await refuse(1)
  await checkTenant(tenant, [channel], deps())
  await refuse(20)
  await checkTenant(tenant, [channel], deps())
  expect(texts().map(text => text.replaceAll(/\d+ (?:s|sec|ms|min)\b/g, 'N s').split('\n'))).toEqual([
    [
      `Ponte · ${tenant.name}: 10 entregas em nome do RD Station recusadas, e nenhuma aceita desde então (token incorreto · a última há N s). Ou o RD Station ou um teste seu tem um endereço ou token antigo, ou alguém está tentando adivinhar. Compare os webhooks dele com webhookTokens.rdStation no arquivo de tenants. Se conferem, nada do RD Station foi recusado.`,
      `Ponte · ${tenant.name}: 10 deliveries in the name of RD Station were refused, and none has been accepted since (wrong token · last N s ago). Either RD Station or a test of yours has an old address or token, or somebody is guessing. Compare its webhooks with webhookTokens.rdStation in the tenants file. If they agree, nothing of RD Station was refused.`,
      'https://board.example/connections',
    ],
  ])
  deliveries.accepted(tenant.name, 'rd-station', { isEvent: true })
  await deliveries.close()
  await checkTenant(tenant, [channel], deps())
  await checkTenant(tenant, [channel], deps())
  expect(texts()).toHaveLength(2)
  expect(texts()[1]).toContain('deliveries of RD Station are not refused any more')
})

test('a source that delivers beside many wrong tokens is not announced', async () => {
  const deliveries = createDeliveryRecorder(redis)
  const { channel, texts } = recordingChannel()
  for (let round = 0; round < 6; round += 1) {
    for (let each = 0; each < 40; each += 1) deliveries.refused(tenant.name, 'rd-station', 'wrong-token')
    await deliveries.close()
    await pass(20_000)
    await checkTenant(tenant, [channel], deps())
    deliveries.accepted(tenant.name, 'rd-station', { isEvent: true })
    await deliveries.close()
    await checkTenant(tenant, [channel], deps())
  }
  expect(texts()).toEqual([])
})

test('what was missing three times in a row is announced, and is over only when a reconcile compared all and found nothing', async () => {
  const record = createReconcileRecord(redis, tenant.name)
  const { channel, texts } = recordingChannel()
  const checkAfter = async (missing: number, needsPerson = false): Promise<readonly string[]> => {
    await record.write({ at: Date.now(), missing, sent: 0, needsPerson })
    await checkTenant(tenant, [channel], deps())
    return texts()
  }
  await checkAfter(4)
  expect(await checkAfter(4)).toEqual([])
  expect(await checkAfter(201, true)).toEqual([
    expect.stringMatching(
      /3 reconciliações seguidas .*agora 201, enviados: 0[^]* 3 reconciles in a row .*now 201, sent: 0/,
    ),
  ])
  expect(await checkAfter(0, true)).toHaveLength(1)
  expect((await checkAfter(0))[1]).toContain('the last reconcile found nothing missing')
})

test('a Redis that uses half of its memory is announced once for all tenants, and so is that it has room again', async () => {
  // A connection asks for the same when it opens.
  await redis.ping()
  const tenants = [tenant, testTenant()]
  const { channel, texts } = recordingChannel()
  /** What is announced while Redis uses so much, of 1000 bytes that it may use. */
  const announcedAt = async (used: number, max = 1000): Promise<readonly string[]> => {
    vi.spyOn(redis, 'info').mockResolvedValue(`# Memory\r\nused_memory:${used}\r\nmaxmemory:${max}\r\n`)
    const before = texts().length
    for (const each of [...tenants, ...tenants]) await checkTenant(each, [channel], alertDeps(redis, tenants))
    return texts().slice(before)
  }
  expect(await announcedAt(900, 0)).toEqual([])
  expect(await announcedAt(500)).toEqual([])
  expect(await announcedAt(520)).toEqual([
    expect.stringMatching(/^Ponte: o Redis usa 52 % .*\nPonte: Redis uses 52 % /),
  ])
  expect(await announcedAt(450)).toEqual([])
  expect(await announcedAt(399)).toEqual([
    expect.stringMatching(/^Ponte: o Redis tem memória de sobra .*\nPonte: Redis has memory to spare /),
  ])
})

type Event = Condition | 'crash'

/** Plays checks that are about 17 minutes apart. In a `crash`, the message went out, but the process died before it could record that. */
function play(looks: readonly (readonly [Event, SendResult?])[], condition: Condition = 'begins'): string[] {
  const sent: string[] = []
  let episode: AlertEpisode | undefined
  let now = 1_000_000_000
  for (const [event, result = 'sent'] of looks) {
    now += 1_000_000
    const plan = planMessage(episode, event === 'crash' ? condition : event, now)
    episode = plan.keep
    if (plan.send === undefined || plan.keep === undefined) continue
    sent.push(plan.send)
    if (event !== 'crash') episode = afterMessage(plan.keep, result, now)
  }
  return sent
}

test('an episode is announced once when it begins and once when it is over', () => {
  expect(play([['over'], ['begins'], ['begins'], ['lasts'], ['begins'], ['over'], ['over']])).toEqual([
    'started',
    'ended',
  ])
})

test('values that go up and down between the limits are one episode', () => {
  expect(play([['lasts'], ['begins'], ['lasts'], ['begins'], ['lasts'], ['over']])).toEqual(['started', 'ended'])
})

test('a second episode is announced like the first', () => {
  expect(play([['begins'], ['over'], ['begins'], ['over']])).toEqual(['started', 'ended', 'started', 'ended'])
})

test('a crash after the message sends it twice at the most', () => {
  expect(play([['crash'], ['begins'], ['begins']])).toEqual(['started', 'started'])
  expect(play([['crash'], ['crash'], ['begins'], ['begins'], ['over']])).toEqual(['started', 'started', 'ended'])
  expect(play([['begins'], ['crash'], ['crash'], ['over'], ['over']], 'over')).toEqual(['started', 'ended', 'ended'])
})

test('a message that was refused is sent again until it arrives, at growing intervals', () => {
  const refused = ['begins', 'refused'] as const
  expect(play([refused, refused, refused, ['begins'], ['begins']])).toEqual(Array(4).fill('started'))
  const first = planMessage(undefined, 'begins', 0).keep
  const pauses: number[] = []
  for (let episode = first; episode !== undefined && pauses.length < 12;) {
    const after = afterMessage({ ...episode, tries: 1 }, 'refused', 0)
    pauses.push(after?.notBefore ?? 0)
    episode = after
  }
  expect(pauses.slice(0, 3)).toEqual([2000, 4000, 8000])
  expect(pauses.at(-1)).toBe(900_000)
})

test('without an answer a message is sent a second time and no more', () => {
  const silent = ['begins', 'unknown'] as const
  expect(play([silent, silent, silent, silent])).toEqual(['started', 'started'])
})

test('the end is not announced when the beginning was not', () => {
  expect(play([['begins', 'refused'], ['over'], ['over']])).toEqual(['started'])
})

test('an episode that begins again before its end was announced continues', () => {
  expect(play([['begins'], ['over', 'refused'], ['begins'], ['begins'], ['over']])).toEqual([
    'started',
    'ended',
    'ended',
  ])
})
