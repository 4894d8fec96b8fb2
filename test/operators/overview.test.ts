import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'

let company: Company
beforeAll(async () => {
  company = await shareCompany('overview')
})
afterAll(() => company.stop())

/** A page of the board, in English. */
async function visit(path: string): Promise<string> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  const answer = await fetch(`${board.url}${path}`, { headers: { authorization, 'accept-language': 'en' } })
  const [main = ''] = /<main.*<\/main>/s.exec(await answer.text()) ?? []
  return main
}

/** What a person reads of it. */
async function read(path = '/'): Promise<string> {
  const main = await visit(path)
  return main.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

test('the overview counts what real events came to, and says what failed with the number of the failures page', async () => {
  await expect
    .poll(() => read(), patience)
    .toMatch(/Overview 2 connections without an answered call yet .* No event was counted in the last 24 hours/)

  const { contact } = await company.bring({ name: 'Vista Geral', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  // The lead, and the opportunity that it became.
  await expect.poll(() => read(), patience).toMatch(/ 2 delivered in 24 hours 100% at the first attempt 0 failed/)
  expect(await read()).toMatch(/ [\d.]+ m?s time to the destination \(median\) 95% within [\d.]+ m?s /)

  const match = { action: 'create', resource: 'leads-integration', body: 'Sem Papel' }
  await company.sandbox.addFault({ system: 'totvs-crm', match, kind: 'status', status: 422, times: 'forever' })
  for (let lead = 0; lead < 2; lead++)
    await company.deliver(await company.convert({ name: 'Sem Papel', email: newEmail() }))
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), name: 'Sem Identidade' }] })
  await expect
    .poll(() => read(), patience)
    .toMatch(/Overview 3 events failed Nothing is lost\. .* 2 delivered .* 3 failed 2 causes · 1 in quarantine /)
  expect(await read()).toMatch(/What failed 2 .* 1 No field that Ponte reads/)
  // In a sentence, unless a new hour has begun meanwhile: then it is what the picture says of itself.
  for (const url of ['/', '/?period=7d']) expect(await visit(url)).toContain('delivered 2, failed 3')
  const failures = await read('/failures')
  const counts = [...failures.matchAll(/(\d+) (?:failed )?events?\b/g)].map(([, count]) => Number(count))
  expect(counts).toEqual(expect.arrayContaining([2, 1]))
})
