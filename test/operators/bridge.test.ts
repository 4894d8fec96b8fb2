import { createFailedJobs, readBridge, type StateSentence, stateSentence } from '@ponte/operations'
import type { RdContactState } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'

const redis = new Redis(inject('redisUrl'))
const failedJobs = createFailedJobs(redis)
let company: Company
beforeAll(async () => {
  company = await shareCompany('bridge')
})
afterAll(async () => {
  redis.disconnect()
  await company.stop()
})

const state = () => readBridge({ redis, failedJobs, tenants: [company.ponte.tenant] }, { now: Date.now() })
const sentence = async (): Promise<StateSentence> => stateSentence(await state(), 'en')
const expectSentence = (wanted: StateSentence) => expect.poll(sentence, patience).toEqual(wanted)

async function deliver(): Promise<RdContactState> {
  const contact = await company.convert({ name: 'Ponte em Pé', email: newEmail() })
  await company.deliver(contact)
  return contact
}

test('the sentence of state follows real events: arrived, failed, held up by a system that is down, and by a lost connection', async () => {
  const allWell = { tone: 'good', headline: 'All is well', detail: '' } as const
  await company.bring({ name: 'Chega Logo', email: newEmail() })
  await expectSentence(allWell)

  const { users } = await company.crm.state()
  const defaultUser = users.find(({ userEmail }) => userEmail.some(({ email }) => email === 'vendas@demo.example'))
  await company.crm.changeUser(defaultUser?.id ?? '', { roleId: null })
  await deliver()
  await expectSentence({ tone: 'bad', headline: '1 event failed', detail: 'Nothing is lost.' })
  await company.crm.changeUser(defaultUser?.id ?? '', { roleId: defaultUser?.roleId ?? null })

  await company.sandbox.addFault({ system: 'totvs-crm', kind: 'status', status: 503, times: 'forever' })
  const contacts = await Promise.all(Array.from({ length: 6 }, deliver))
  const alone = '6 events go on by themselves when the connection is back'
  await expectSentence({ tone: 'bad', headline: '1 event failed', detail: `Nothing is lost: ${alone}.` })
  await company.sandbox.clearFaults()
  // All of them, their marks included: what is under way when the connection is lost would be counted as well.
  for (const contact of contacts) await company.untilMarks(contact, ['OPPORTUNITY'])
  await expectSentence({ tone: 'bad', headline: '1 event failed', detail: 'Nothing is lost.' })

  await company.rd.revokeTokens()
  await company.bring({ name: 'Sem Conexão', email: newEmail() })
  await expectSentence({
    tone: 'bad',
    headline: '1 connection needs you and 1 event failed',
    detail: `Nothing is lost: 1 event goes on once you reconnect ${company.ponte.tenant.name}.`,
  })
})
