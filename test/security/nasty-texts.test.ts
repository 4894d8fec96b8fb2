import { nastyTexts, plainText } from '@ponte/webhooks/nasty-texts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OwnCompany, newEmail, patience, startCompany, sendUntilAccepted } from '../support/company.ts'
import { firstOf } from '../support/long-run.ts'

let company: OwnCompany
beforeAll(async () => {
  company = await startCompany()
})
afterAll(() => company.stop())

/** Processor time of a process, in seconds: what else the machine does is no matter. */
interface Costs {
  readonly ingress: number
  readonly worker: number
}

async function used(): Promise<Costs> {
  const { ponte } = company
  const read = async (opsUrl: string | undefined): Promise<number> => {
    const metrics = await (await fetch(`${opsUrl}/metrics`)).text()
    return Number(/^process_cpu_seconds_total(?:\{.*\})? (\S+)$/m.exec(metrics)?.[1])
  }
  return { ingress: await read(ponte.ingressOpsUrl), worker: await read(ponte.workers[0]?.opsUrl) }
}

/**
 * The text as every value of a lead in both formats, as the event id of a webhook of TOTVS CRM, and as the reason of a loss. A body has
 * room for a few texts that are long: what is counted and what decides takes them, and every other place a beginning.
 */
async function costsOf(kind: string): Promise<Costs> {
  const text = kind.repeat(3)
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()]
  const { contact, opportunity } = await company.bring({ name: 'Perdida', email: newEmail() })
  await company.crm.lose(opportunity.id, text)
  const before = await used()
  await deliver({ leads: [legacyLead(one, text)] })
  await deliver({
    event_type: 'WEBHOOK.CONVERTED',
    event_identifier: text,
    event_timestamp: new Date().toISOString(),
    contact: { ...person(text), uuid: other, funnel: { name: text, lifecycle_stage: beginning(text) } },
  })
  await company.announce('lost', opportunity.id, `${text} ${one}`)
  for (const uuid of [one, other]) await expect.poll(async () => await company.leadOf({ uuid }), patience).toBeDefined()
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  const after = await used()
  return { ingress: after.ingress - before.ingress, worker: after.worker - before.worker }
}

async function deliver(body: unknown): Promise<void> {
  const { rdStationUrl, tokens } = company.ponte.tenant
  const headers = { 'content-type': 'application/json', apiToken: tokens.rdStation }
  await sendUntilAccepted(() => fetch(rdStationUrl, { method: 'POST', headers, body: JSON.stringify(body) }))
}

const beginning = (text: string): string => text.slice(0, 4096)

const person = (long: string, text = beginning(long)) => ({
  ...{ email: newEmail(), name: text, company: text, job_title: text, city: text, state: text, website: text },
  ...{ mobile_phone: text, personal_phone: text, tags: [text], cf_porte: text, [text]: text },
})

const legacyLead = (uuid: string, long: string, text = beginning(long)) => ({
  ...person(long),
  ...{ uuid, number_conversions: text, lead_stage: text, user: text, public_url: text, fit_score: text },
  custom_fields: { Porte: text, [text]: text },
  last_conversion: {
    created_at: new Date().toISOString(),
    source: long,
    conversion_origin: { source: text, medium: text, campaign: text },
    content: { identificador: long, traffic_source: text, conversion_payload: JSON.stringify({ porte: text }) },
  },
})

test('no text costs ingress and worker much more than a plain one of its length, wherever it stands', async () => {
  // The first deliveries of a process cost more than all others.
  await costsOf(plainText)
  const plain = await costsOf(plainText)
  for (const [kind, text] of firstOf(3, Object.entries(nastyTexts))) {
    const costs = await costsOf(text)
    // What takes more than linear time costs from ten times as much to thousands of times.
    expect.soft(costs.ingress, `ingress: ${kind}`).toBeLessThan(5 * plain.ingress + 1)
    expect.soft(costs.worker, `worker: ${kind}`).toBeLessThan(5 * plain.worker + 1)
  }
})
