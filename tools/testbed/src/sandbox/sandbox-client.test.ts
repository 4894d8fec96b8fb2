import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './sandbox.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.stop())

test('both systems live in the time that is set, until it is set back', async () => {
  const { client } = sandbox
  const rd = client.rd()
  await client.setClock(new Date('2026-05-01T12:00:00Z'))
  const early = await rd.convert((await rd.addContact({ email: 'maria@example.com' })).uuid)
  const lead = await client.crm().addLead({ name: 'Maria' })
  expect(early.conversions).toMatchObject([{ at: expect.stringMatching(/^2026-05-01T12:00/) }])
  expect([early.created_at, lead.createdAt]).toEqual(Array(2).fill(expect.stringMatching(/^2026-05-01T12:00/)))

  await client.setClock()
  const { updatedAt, createdAt } = await client.crm().changeLead(lead.id, { jobTitle: 'CEO' })
  expect(createdAt).toBe(lead.createdAt)
  expect(Math.abs(Date.parse(updatedAt) - Date.now())).toBeLessThan(60_000)
  await client.setClock(new Date('2026-05-01T12:00:00Z'))
  await client.reset()
  const { createdAt: after } = await client.crm().addLead({ name: 'Maria' })
  expect(Math.abs(Date.parse(after) - Date.now())).toBeLessThan(60_000)
})

test('a verb that the sandbox refuses throws its reason', async () => {
  await expect(sandbox.client.rd('nobody').state()).rejects.toThrow('There is no such RD account.')
})
