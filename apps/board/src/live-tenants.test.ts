import { parseTenants } from '@ponte/runtime'
import { recordRefusedFile } from '@ponte/state'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basicOf, type OpenBoard, openBoard, tenantsYaml, viewer } from './testing/open-board.ts'
import { textOf } from './testing/operate.ts'

// A database of its own: what is refused belongs to no tenant.
let board: OpenBoard
beforeAll(async () => {
  board = await openBoard({ database: 13 })
})
afterAll(() => board.close())

const queueNames = async (): Promise<string> => (await board.ask('GET', '/queues/api/queues')).body
const overview = async (user?: { user: string; password: string }): Promise<string> => {
  const authorization = user && { authorization: basicOf(user) }
  const headers = { 'accept-language': 'en', ...authorization }
  const answer = user ? await board.app.inject({ url: '/', headers }) : await board.ask('GET', '/')
  return textOf(answer.body)
}

test('a tenant that is added is on every page and in Bull Board, one that is removed on none', async () => {
  const name = `${board.name}-added`
  const added = parseTenants(tenantsYaml(name), {})
  expect(await queueNames()).not.toContain(name)
  board.queues.add({ name })
  board.live.replace([...board.tenants, ...added])
  expect(await queueNames()).toContain(`${name}.totvs-crm`)
  for (const url of ['/', '/waiting', '/connections']) expect((await board.ask('GET', url)).body).toContain(name)
  board.live.replace(board.tenants)
  expect(await queueNames()).not.toContain(name)
  expect(await queueNames()).toContain(`${board.name}.totvs-crm`)
  expect((await board.ask('GET', '/waiting')).body).not.toContain(name)
})

test('the overview says which processes refuse the tenants file; the mistakes are for operators of all tenants', async () => {
  await recordRefusedFile(board.redis, 'worker', ['tenants.acme.rdStation.clientId: is not set'])
  expect(await overview()).toContain('tenants.acme.rdStation.clientId: is not set')
  const seen = await overview(viewer)
  expect(seen).toContain('Its change is not used by the workers.')
  expect(seen).not.toContain('clientId')
  await recordRefusedFile(board.redis, 'worker', undefined)
  expect(await overview(viewer)).not.toContain('Its change is not used')
})
