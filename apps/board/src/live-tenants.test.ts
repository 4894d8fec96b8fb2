import { parseTenants } from '@ponte/runtime'
import { createProcessRecord, type CredentialFingerprints } from '@ponte/state'
import { expect, onTestFinished, test } from 'vitest'
import { tenantsYaml } from './testing/documents.ts'
import { basicOf, viewer } from './testing/open-board.ts'
import { useBoard } from './testing/use-board.ts'
import { textOf } from './testing/operate.ts'

// A database of its own: what is refused belongs to no tenant.
const { board } = useBoard({ isShared: true, database: 13 })

const queueNames = async (): Promise<string> => (await board().ask('GET', '/queues/api/queues')).body
const overview = async (user?: { user: string; password: string }): Promise<string> => {
  const authorization = user && { authorization: basicOf(user) }
  const headers = { 'accept-language': 'en', ...authorization }
  const answer = user ? await board().app.inject({ url: '/', headers }) : await board().ask('GET', '/')
  return textOf(answer.body)
}

test('a tenant that is added is on every page and in Bull Board, one that is removed on none', async () => {
  const name = `${board().name}-added`
  const added = parseTenants(tenantsYaml(name), {})
  expect(await queueNames()).not.toContain(name)
  board().queues.add({ name })
  board().live.replace([...board().tenants, ...added])
  expect(await queueNames()).toContain(`${name}.totvs-crm`)
  for (const url of ['/', '/waiting', '/connections']) expect((await board().ask('GET', url)).body).toContain(name)
  board().live.replace(board().tenants)
  expect(await queueNames()).not.toContain(name)
  expect(await queueNames()).toContain(`${board().name}.totvs-crm`)
  expect((await board().ask('GET', '/waiting')).body).not.toContain(name)
})

const use = {
  kind: 'worker',
  key: 'key',
  file: { fingerprint: 'f', readAt: 0 },
  tenants: new Map<string, CredentialFingerprints>(),
} as const

test('a tenants file that processes refuse is never under “All is well”; the mistakes are for operators of all tenants', async () => {
  const worker = createProcessRecord(board().redis, crypto.randomUUID())
  onTestFinished(() => worker.forget())
  const served = { ...use, tenants: new Map([[board().name, new Map<string, string>()]]) }
  const refused = { problems: ['tenants.acme.rdStation.clientId: is not set'], since: Date.now() }
  await worker.write({ ...served, refused })
  expect(await overview()).toContain('tenants.acme.rdStation.clientId: is not set')
  const seen = await overview(viewer)
  expect(seen).toContain('Its change is not used by the workers.')
  expect(seen).toContain('The tenants file has a mistake')
  expect(seen).not.toContain('clientId')
  await worker.write(served)
  expect(await overview(viewer)).not.toContain('has a mistake')
})

test('of two workers one with an old credential is said, with the line that restarts it', async () => {
  const workers = [1, 2].map(() => createProcessRecord(board().redis, crypto.randomUUID()))
  onTestFinished(async () => void (await Promise.all(workers.map(each => each.forget()))))
  for (const [index, worker] of workers.entries()) {
    const own = new Map([['totvsCrm.password', `fingerprint-${index}`]])
    await worker.write({ ...use, tenants: new Map([[board().name, own]]) })
  }
  expect(await overview(viewer)).toContain(
    `Running processes use different values of totvsCrm.password of ${board().name}: the workers. Restart: Ctrl+C in its terminal, then npm start`,
  )
  await workers[0]?.forget()
  expect(await overview(viewer)).not.toContain('totvsCrm.password')
})
