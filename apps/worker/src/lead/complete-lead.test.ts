import { type JobData, PermanentFailure, renderMessage, storedMessages } from '@ponte/contracts'
import { change } from '@ponte/state'
import { expect, test } from 'vitest'
import { leadRegistered } from '../processors/lead-registered.ts'
import { deliveryOf, openLeads } from '../testing/recorded-leads.ts'

const uuid = '11111111-1111-4111-8111-111111111111'
const funnel = { lifecycle_stage: 'Lead', opportunity: false, contact_owner_email: 'ana@acme.example' }

/** A conversion that a webhook of API 2.0 brought without funnel. */
const thin = (more: object = {}) => deliveryOf({ uuid, email: 'pessoa@cliente.example', lacksFunnel: true, ...more })

/** The leads of a tenant whose rules read the state, and what RD Station was asked. */
function open(ownerOf: () => Promise<typeof funnel | undefined> = () => Promise.resolve(funnel)) {
  const asked: unknown[] = []
  const leads = openLeads({
    filters: { skip: [{ name: 'fora', when: { state: 'SP' } }] },
    spareRd: {
      findContact: by => {
        asked.push(['contact', by])
        return Promise.resolve({ uuid, email: undefined, state: 'SC' })
      },
      findFunnel: by => {
        asked.push(['funnel', by])
        return ownerOf()
      },
    },
  })
  return {
    ...leads,
    asked,
    /** What the timeline says of the run. */
    async summaryOf(data: JobData<'lead.registered'>): Promise<string> {
      const result = await leads.run(data)
      return renderMessage(storedMessages.parse('summary' in result ? result.summary : 'failed'), 'en')
    },
  }
}

test('what is lacking is asked for by uuid, else by e-mail, and of one without either nothing', async () => {
  const leads = open()
  await leads.run(thin({ lacks: ['state'] }))
  await leads.run(thin({ uuid: undefined }))
  expect(leads.asked).toEqual([
    ['contact', { uuid }],
    ['funnel', { uuid }],
    ['funnel', { email: 'pessoa@cliente.example' }],
  ])
  const summary = await leads.summaryOf(thin({ uuid: undefined, email: undefined, mobilePhone: '47 98888-1234' }))
  expect(summary).toContain('the delivery lacks owner, and RD Station has not told it')
  expect(leads.asked).toHaveLength(3)
})

test('the echo of a mark of Ponte, which opens nothing, asks nothing; a mark by marketing does', async () => {
  const leads = open()
  const marked = { deliveredFor: 'mark', markedAt: new Date().toISOString() }
  const { redis, contactMarks } = leads.contextOf('another job')
  await change(redis, contactMarks.beginningOf({ uuid }, Date.parse(marked.markedAt)).made)
  await leads.run(thin(marked))
  expect(leads.asked).toEqual([])
  const later = new Date(Date.now() - 3_600_000).toISOString()
  await leads.run(thin({ deliveredFor: 'mark', markedAt: later }))
  expect(leads.asked).toHaveLength(1)
})

test('a run that begins anew after a conflict asks once', async () => {
  const leads = open()
  const processing = leadRegistered(thin(), leads.contextOf('job'))
  await processing.run()
  await processing.run()
  expect(leads.asked).toHaveLength(1)
})

test('the timeline has the code of a refused call, and what the first call told is kept', async () => {
  const leads = open(() => Promise.reject(new PermanentFailure('RD_FORBIDDEN')))
  const summary = await leads.summaryOf(thin({ lacks: ['state', 'company'], city: 'Lages' }))
  expect(summary).toContain('read from RD Station, because the delivery lacks it: state;')
  expect(summary).toContain('the delivery lacks owner, and RD Station has not told it: RD_FORBIDDEN')
  expect([...leads.leads.values()]).toMatchObject([{ addresses: [{ cityName: 'Lages', stateName: 'SC' }] }])
})

test('the timeline names what RD Station does not have either', async () => {
  const leads = open(() => Promise.resolve(undefined))
  expect(await leads.summaryOf(thin())).toContain('neither the delivery nor RD Station has owner')
})

test.each([
  ['no owner', undefined, 'no-owner'],
  ['an owner that TOTVS CRM does not know', 'ninguem@acme.example', 'owner-unknown'],
])('a lead with %s that falls to the default user is counted, once', async (_what, owner, reason) => {
  const leads = open(() => Promise.resolve(owner === undefined ? undefined : { ...funnel, contact_owner_email: owner }))
  const data = thin()
  await leads.run(data)
  await leads.run(data)
  const { values } = await leads.metrics.defaultUserLeads.get()
  expect(values).toEqual([{ value: 1, labels: { tenant: leads.connection.tenant.name, reason } }])
})

test('a job without an identity fails with its code, and nothing is created', async () => {
  const leads = open()
  const nobody = thin({ uuid: undefined, email: undefined, lacksFunnel: undefined })
  expect(await leads.run(nobody)).toMatchObject({ code: 'LEAD_WITHOUT_IDENTITY' })
  expect([leads.leads.size, leads.opportunities.size]).toEqual([0, 0])
})
