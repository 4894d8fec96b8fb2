import { appendMessages, message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { basic, basicOf, viewer } from '../testing/open-board.ts'
import { useBoard } from '../testing/use-board.ts'
import { leads, person, receivedAt, rejected, textOf } from '../testing/operate.ts'

const { board, read, fail, visit, send } = useBoard()

test('the events of a cause differ by what is shown: e-mail and phone, the opportunity, the person of a quarantined body', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  const [failed] = await board()['totvs-crm'].getFailed()
  const at = new Date(failed?.finishedOn ?? 0).toISOString()
  expect((await visit('/failures')).body).toContain(`<time datetime="${at}">`)
  const body = JSON.stringify({ leads: [{ nome: person.name, email: 'sem-arroba', personal_phone: '48 3025-2598' }] })
  const data = { v: 1, receivedAt, source: 'rd-station', body, encoding: 'utf8', form: false }
  const reason = appendMessages(
    'LEAD_WITHOUT_IDENTITY: No field that Ponte reads has a usable e-mail or phone of the lead.',
    [message('missing', { path: 'leads[0]' })],
  )
  await fail(board().quarantine, [{ name: 'delivery', id: 'delivery-1', data, reason }])
  const list = async (rest: string, as = basic) =>
    await read(`/failures/${board().name}/${rest}`, { language: 'pt-BR', as })
  expect(await list('totvs-crm/CRM_REJECTED')).toMatch(/Novo lead do RD Station …job-0 +m\*\*\*@p\*\*\*\.br · \*\*\*34/)
  expect(await list('quarantine/LEAD_WITHOUT_IDENTITY')).toContain('***98 · RD Station')
  for (const rest of ['totvs-crm/CRM_REJECTED', 'quarantine/LEAD_WITHOUT_IDENTITY'])
    expect(await list(rest, basicOf(viewer))).not.toContain('***')
  expect(await read('/failures', { language: 'pt-BR' })).toMatch(
    /LEAD_WITHOUT_IDENTITY Nenhum campo que o Ponte lê tem um e-mail ou telefone utilizável do lead .* Detalhes técnicos leads\[0\]: falta/,
  )
})

test.each([
  ...[
    'period=1y',
    'tenant=nobody',
    'event=nothing',
    'status=lost',
    'day=2026-13-01',
    'after=x',
    'period=7d&period=7d',
  ].map(query => `/events?${query}`),
  ...['period=1y', 'action=nothing', 'before=x'].map(query => `/audit?${query}`),
  ...['period=1y', 'tenant=nobody', 'code=NO_SUCH', 'event=nothing'].map(query => `/failures?${query}`),
  ...['period=1y', 'tenant=nobody'].map(query => `/?${query}`),
  ...['period=1y', 'tenant=nobody', 'from=x'].map(query => `/results?${query}`),
  '/waiting?tenant=nobody',
])('%s asks for what there is not: a sentence says so, no list is shown for its answer', async url => {
  const ask = (language: string) => visit(url, { language, accept: 'text/html' })
  const { statusCode, body } = await ask('en')
  expect([statusCode, body.includes('<table')]).toEqual([400, false])
  expect(textOf(body)).toMatch(
    /What was asked for does not exist: (?:Tenant|Type|Event|Cause|Status|Period|Days|Until|Action|Page)\b/,
  )
  expect(body).toContain(`<a href="${url.split('?')[0]}">Clear filters</a>`)
  expect(textOf((await ask('pt-BR')).body)).toContain('O que foi pedido não existe: ')
})

test('a form of a period that there is not is refused; who comes back to the address of a form finds the page it belongs to', async () => {
  expect((await send('/events/export-all', { period: '1y' })).statusCode).toBe(400)
  expect((await send('/events', { period: '1y', q: person.email })).statusCode).toBe(400)
  const answer = await visit('/failures/retry')
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/failures'])
  const search = await visit('/search', { as: basicOf(viewer), language: 'pt-BR' })
  expect([search.statusCode, search.body.includes('action="/search"')]).toEqual([200, true])
})

test.each(['/waiting', '/failures', '/search', '/error-codes', '/error-codes/CRM_REJECTED', '/nowhere'])(
  '%s leads to all the other pages, says once in which zone its times are, and marks where the reader is',
  async url => {
    const headers = { authorization: basicOf(viewer), accept: 'text/html', 'accept-language': 'pt-BR' }
    const { body } = await board().app.inject({ url, headers })
    for (const to of ['/', '/waiting', '/failures', '/queues', '/error-codes'])
      expect(body).toContain(`<a href="${to}"`)
    expect(body).not.toContain('href="/audit"')
    expect((await visit(url)).body.includes('href="/audit"')).toBe(url !== '/nowhere')
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(textOf(body).split(`Horários em ${zone}`)).toHaveLength(2)
  },
)

test('whatever a viewer asks to change is refused by the server, and the buttons are not there', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const as = basicOf(viewer)
  const page = await visit('/failures', { as })
  expect(page.body).toContain('CRM_REJECTED')
  expect(page.body).not.toMatch(/action="\/(?:causes|jobs)|\/audit/)
  const list = await visit(`/failures/${board().name}/totvs-crm/CRM_REJECTED`, { as })
  expect(list.body).not.toMatch(/method="post" action="\/(?!search|language|refresh|events\/export)|\/edit/)
  // The pages do not mention them, either.
  expect([page.body.includes('retries all'), list.body.includes('Actions')]).toEqual([false, false])

  const shown = (await visit(`/queues/api/queues?activeQueue=${queue.name}&status=failed`, { as })).json()
  for (const each of shown.queues) {
    expect(each).toMatchObject({ readOnlyMode: true, allowRetries: false, allowCompletedRetries: false })
  }
  expect((await visit('/queues/api/queues')).json().queues[0]).toMatchObject({
    readOnlyMode: false,
    allowRetries: true,
  })

  const job = `/jobs/${board().name}/totvs-crm/job-0`
  const forms = ['/failures/retry', `${job}/retry`, `${job}/preview`, `${job}/edit`, `${job}/apply`]
  for (const url of forms) expect([url, (await send(url, {}, as)).statusCode]).toEqual([url, 403])
  for (const url of ['/audit', `${job}/edit`, `${job}/original`])
    expect([url, (await visit(url, { as })).statusCode]).toEqual([url, 403])
  const api = `/queues/api/queues/${queue.name}`
  for (const url of [
    `${api}/job-0/retry`,
    `${api}/retry/failed`,
    `${api}/pause`,
    `${api}/job-0/clean`,
    '/queues/api/queues/pause',
  ]) {
    const answer = await board().app.inject({ method: 'PUT', url, headers: { authorization: as } })
    expect([url, answer.statusCode]).toEqual([url, 403])
  }
  expect(await queue.getFailedCount()).toBe(1)
  expect(await queue.isPaused()).toBe(false)
})
