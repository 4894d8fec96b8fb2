import { expect, test } from 'vitest'
import { basic, basicOf, viewer } from '../testing/open-board.ts'
import { useBoard } from '../testing/use-board.ts'
import { leads, person, rejected, textOf } from '../testing/operate.ts'

const { board, fail, visit, send } = useBoard()

async function logAnswer(id: string, answer: string): Promise<void> {
  const job = await board()['totvs-crm'].getJob(id)
  await job?.log(`2026-01-02T03:04:05.000Z CRM_REJECTED: ${answer}`)
}
/** Where a person reads why `job-0` has failed. */
async function pages(as: string): Promise<Readonly<Record<string, string>>> {
  const { name } = board()
  const list = `/failures/${name}/totvs-crm/CRM_REJECTED`
  const { body } = await visit(list, { as })
  const event = /href="(?<address>\/events\/[^"]*job=job-0)"/.exec(body)?.groups?.['address'] ?? ''
  const paths = { cause: '/failures', list, event: event.replaceAll('&amp;', '&') }
  const read = Object.entries(paths).map(async ([page, path]) => [page, textOf((await visit(path, { as })).body)])
  const job = await visit(`/queues/api/queues/${name}.totvs-crm/job-0`, { as })
  return { ...Object.fromEntries(await Promise.all(read)), 'queues: a job': JSON.stringify(job.json().job.stacktrace) }
}

test('every page that shows a failed event says what the other system answered: to operators without the person, to viewers not at all', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  await logAnswer('job-0', `PRAVO-7: ${person.name} <${person.email}> está bloqueada (emails[0].email)`)
  const seen = await pages(basic)
  for (const [page, text] of Object.entries(seen)) {
    expect(text, page).toMatch(/(?:PRAVO-7: )?\*\*\* (?:<|&lt;)m\*\*\*@p\*\*\*\.br(?:>|&gt;) está bloqueada/)
    expect(text, page).not.toMatch(/maria\.souza|Souza/)
  }
  for (const [page, text] of Object.entries(await pages(basicOf(viewer))))
    expect(text, page).not.toMatch(/PRAVO|bloqueada|maria|Souza/i)
})

test('failures of one cause with different answers are told apart in their list', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  await logAnswer('job-0', 'F-1: cargo inválido')
  await logAnswer('job-1', 'F-2: telefone inválido')
  const { body } = await visit(`/failures/${board().name}/totvs-crm/CRM_REJECTED`)
  expect(textOf(body)).toMatch(
    /New lead from RD Station …job-1 .*telefone inválido.* New lead from RD Station …job-0 .*cargo inválido/,
  )
})

test('the form that corrects an event shows why it failed, and begins at the field that is meant', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  await logAnswer('job-0', 'LEAD-01: número inválido (leads[0].mobile_phone)')
  const address = `/jobs/${board().name}/totvs-crm/job-0`
  const { body } = await visit(`${address}/edit`)
  expect(textOf(body)).toMatch(/número inválido.* Correct the data, .* LEAD-01: número inválido \(leads/)
  expect(body.match(/<input[^>]*autofocus[^>]*>/g)).toEqual([
    expect.stringMatching(/id="mobilePhone".*aria-describedby="reason"/),
  ])
  expect(body).toContain('id="reason"')
  // What was typed wrong comes first.
  const again = await send(`${address}/preview`, { ...person, email: 'maria' })
  expect(again.body.match(/<input[^>]*autofocus[^>]*>/g)).toEqual([
    expect.stringMatching(/id="email".*aria-describedby="problem-email"/),
  ])
})
