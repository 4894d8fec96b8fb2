import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { hasApiToken, newApiToken } from '@ponte/runtime'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { runInProcess } from '../../apps/cli/src/testing/run-in-process.ts'
import { apiTokens, tokenOf } from '../../apps/board/src/testing/api-tokens.ts'
import { countResults, times } from '../../apps/board/src/testing/count-results.ts'
import { tenantsYaml } from '../../apps/board/src/testing/documents.ts'
import { type OpenBoard, openBoard } from '../../apps/board/src/testing/open-board.ts'
import { timeZone } from '../../apps/board/src/ui/moment.ts'
import { leads, mark, operate, rejected } from '../../apps/board/src/testing/operate.ts'

let board: OpenBoard
let folder: string
let fromRedis: NodeJS.ProcessEnv
let fromApi: NodeJS.ProcessEnv
const { fail } = operate(() => board)

beforeAll(async () => {
  board = await openBoard({ apiTokens })
  await fail(board['totvs-crm'], leads(3, rejected))
  await fail(board['rd-station'], [mark('won', '9d1f3a52-0000-4000-8000-000000000001')])
  await countResults(board, board.name, Date.now(), counts => {
    times(7, () => counts.lead('created'))
    times(5, () => counts.conversion({ identifier: 'webinar', source: 'Google Ads' }))
    times(2, () => counts.mark('sale', { cents: 1_234_550 }))
    counts.took(832)
  })
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-api-'))
  const file = path.join(folder, 'ponte.config.yaml')
  await writeFile(file, tenantsYaml(board.name))
  fromRedis = { REDIS_URL: inject('redisUrl'), PONTE_CONFIG: file }
  const url = await board.app.listen({ port: 0, host: '127.0.0.1' })
  fromApi = { PONTE_API_URL: url, PONTE_API_TOKEN: tokenOf.operator }
})
afterAll(async () => {
  await board.close()
  await rm(folder, { recursive: true })
})

const ponte = (argv: readonly string[], env: NodeJS.ProcessEnv) => runInProcess(argv, { env })

test.each(['status', 'status --lang pt-BR', 'failures', 'failures --json', 'failures --lang pt-BR'])(
  '%s says the same from elsewhere as at Redis, and ends the same',
  async command => {
    const argv = command.split(' ')
    const [there, here] = [await ponte(argv, fromApi), await ponte(argv, fromRedis)]
    expect(there.stderr).toBe('')
    expect([there.code, there.stdout]).toEqual([here.code, here.stdout])
    expect(there.code).toBe(1)
  },
)

/** Names of figures of events, and of calls. */
const OF_EVENTS = /deliver|entreg|fail|falh|quarant|quota|cota|p95|attempt|tentativa/i

test.each(['report', 'report --csv --lang pt-BR', 'report --since 24h --json', 'report --since 7d --lang pt-BR'])(
  '%s says the same from elsewhere as at Redis; the token of a manager gets the figures of Results alone',
  async command => {
    const argv = command.split(' ')
    const [there, here] = [await ponte(argv, fromApi), await ponte(argv, { ...fromRedis, BOARD_TIME_ZONE: timeZone() })]
    expect(there.stderr).toBe('')
    expect([there.code, there.stdout]).toEqual([0, here.stdout])
    expect(there.stdout).toMatch(/webinar/)
    const manager = await ponte(argv, { ...fromApi, PONTE_API_TOKEN: tokenOf.manager })
    expect([manager.code, manager.stderr]).toEqual([0, ''])
    expect(manager.stdout).toMatch(/webinar/)
    expect(here.stdout).toMatch(OF_EVENTS)
    expect(manager.stdout).not.toMatch(OF_EVENTS)
  },
)

test('status --json has the same members from elsewhere, and the tenant can be chosen', async () => {
  const argv = ['status', '--json', '--tenant', board.name]
  const [there, here] = await Promise.all([ponte(argv, fromApi), ponte(argv, fromRedis)])
  expect({ ...there.data(), at: '' }).toEqual({ ...here.data(), at: '' })
})

test('retry from elsewhere counts, retries and waits as at Redis, under the name of the token', async () => {
  const dry = ['retry', 'CRM_REJECTED', '--dry-run']
  const key = Buffer.alloc(32, 1).toString('base64')
  const [there, here] = [await ponte(dry, fromApi), await ponte(dry, { ...fromRedis, PONTE_FINGERPRINT_KEY: key })]
  expect([there.code, there.stdout]).toEqual([here.code, here.stdout])
  expect(there.stdout).toContain('3 would be retried')

  const run = await ponte(['retry', 'RD_REJECTED', '--json'], fromApi)
  expect([run.code, run.data()]).toEqual([
    0,
    {
      ...{
        ok: true,
        code: 'RD_REJECTED',
        dryRun: false,
        retry: expect.objectContaining({ kind: 'all', state: 'sent' }),
      },
      queues: [{ tenant: board.name, queue: 'rd-station', count: 1 }],
    },
  ])
  expect(await board['rd-station'].getFailedCount()).toBe(0)
  const trail = await board.audit.read({ count: 1000 })
  expect(trail.find(({ tenant, queue }) => tenant === board.name && queue === 'rd-station')).toMatchObject({
    ...{ user: 'api:operator', action: 'retry-all', retry: run.data().retry.id },
  })

  // Nobody works, so nothing ends.
  const waited = await ponte(['retry', 'CRM_REJECTED', '--wait', '--timeout', '1', '--json'], fromApi)
  expect(waited.code).toBe(1)
  expect(waited.data()).toMatchObject({
    ...{ ok: false, stoppedBy: 'time', retry: { ended: false, queues: [{ asked: 3, underWay: 3 }] } },
  })
  const nothing = await ponte(['retry', 'CRM_CONFLICT'], fromApi)
  expect([nothing.code, nothing.stdout]).toEqual([0, 'Nothing has failed with CRM_CONFLICT.\n'])
})

test('what the board refuses ends as wrong use, and a board that does not answer as not reachable', async () => {
  const wrong = await ponte(['status'], { ...fromApi, PONTE_API_TOKEN: newApiToken().token })
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('API_TOKEN_REFUSED: ')])
  const role = await ponte(['retry', 'CRM_REJECTED', '--lang', 'pt-BR'], {
    ...fromApi,
    PONTE_API_TOKEN: tokenOf.viewer,
  })
  expect([role.code, role.stderr]).toEqual([2, expect.stringContaining('O papel deste token não permite isto.')])
  const tenant = await ponte(['failures', '--tenant', 'nobody'], fromApi)
  expect([tenant.code, tenant.stderr]).toEqual([2, expect.stringContaining('API_TENANT_UNKNOWN')])
  const away = await ponte(['status', '--api', 'http://127.0.0.1:9'], fromApi)
  expect([away.code, away.stderr]).toEqual([3, 'No board answers at http://127.0.0.1:9.\n'])
  const none = await ponte(['status'], { PONTE_API_URL: fromApi['PONTE_API_URL'] })
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('PONTE_API_TOKEN')])
  const plain = await ponte(['status', '--api', 'http://ponte.example.com'], fromApi)
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('must begin with https://')])
  for (const { stderr, stdout } of [wrong, role, tenant, away, none, plain])
    expect(hasApiToken(stderr + stdout)).toBe(false)
})
