import { type CauseRecord, createCauseRecords, stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { basicOf, viewer } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leads, rejected } from '../../testing/operate.ts'

const { board, fail, visit, read: readPage, send, ownAudit } = useBoard({ others: ['-b'] })
const part = (): string => `${board().name}/totvs-crm/CRM_REJECTED`
const cause = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
const read = () => createCauseRecords(board().redis, board().name).read(cause)

const attribute = (tag: string, name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''

/** The fields that a browser sends of the form as the page shows it now. */
async function openForm(): Promise<URLSearchParams> {
  const { body } = await visit('/failures')
  const [form = ''] = /<form method="post" action="\/failures\/care">.*?<\/form>/s.exec(body) ?? []
  const fields = new URLSearchParams()
  for (const [input] of form.matchAll(/<input[^>]*>/g))
    if (!input.includes('checkbox') || input.includes('checked'))
      fields.append(attribute(input, 'name'), attribute(input, 'value'))
  fields.set('assignee', attribute(/<option[^>]*selected>/.exec(form)?.[0] ?? '', 'value'))
  return fields
}

/** Opens the form, changes it, and saves it. `meanwhile` happens after it was opened. */
async function save(change: (fields: URLSearchParams) => void, meanwhile = async (): Promise<void> => {}) {
  const fields = await openForm()
  await meanwhile()
  change(fields)
  return await send('/failures/care', fields)
}

test('operators assign a cause, note and mute it; the page and the audit trail say so, and viewers see none of it', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  const job = await board()['totvs-crm'].getJob('job-0')
  await job?.log('2026-01-02T03:04:05.000Z CRM_REJECTED: LEAD-01: cargo inválido')
  const noted = { part: part(), assignee: 'operação', note: 'Zeferina liga ao suporte', mute: 'yes' }
  const answer = await send('/failures/care', noted)
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/failures'])
  expect(await read()).toMatchObject({
    assignee: { to: 'operação', by: 'operação' },
    note: { text: 'Zeferina liga ao suporte' },
    mute: { count: 2, shapes: ['lead cargo invalido'] },
  })
  expect(await readPage('/failures')).toMatch(
    /assigned to operação · alerts muted by operação “Zeferina liga ao suporte” operação, /,
  )
  expect((await visit('/failures', { as: basicOf(viewer) })).body).not.toMatch(/Zeferina|assigned to|muted/)
  expect((await ownAudit()).map(({ action, detail, code }) => [action, detail, code])).toEqual([
    ['mute', undefined, 'CRM_REJECTED'],
    ['note', undefined, 'CRM_REJECTED'],
    ['assignee', 'operação', 'CRM_REJECTED'],
  ])

  // What is not changed is not written again.
  await save(fields => {
    fields.set('note', '')
    fields.delete('mute')
  })
  expect((await ownAudit()).slice(0, 2).map(({ action }) => action)).toEqual(['unmute', 'unnote'])
  expect(await read()).toMatchObject({ assignee: { to: 'operação' }, note: undefined, mute: undefined })
})

test('a mute remembers each answer of the cause, also the rare ones, whatever their numbers and however long', async () => {
  await fail(board()['totvs-crm'], leads(14, rejected))
  const answers = ['cargo inválido', 'sem cidade', 'sem telefone', 'duplicado', `${'longo '.repeat(80)}fim`]
  for (let index = 0; index < 14; index += 1) {
    const answer = answers[index < 12 ? index % 4 : 4] ?? ''
    const job = await board()['totvs-crm'].getJob(`job-${index}`)
    await job?.log(
      `2026-01-02T03:04:05.000Z CRM_REJECTED: LEAD-${10 ** index}: ${index % 4 === 3 ? index : ''} ${answer}`,
    )
  }
  await send('/failures/care', { part: part(), mute: 'yes' })
  expect((await read()).mute?.shapes.map(shape => shape.slice(0, 20)).toSorted()).toEqual([
    'lead cargo invalido',
    'lead duplicado',
    'lead longo longo lon',
    'lead sem cidade',
    'lead sem telefone',
  ])
})

const stamp = { by: 'beto', at: 1 }
const readOf = (tenant: string) => createCauseRecords(board().redis, tenant).read(cause)
const change = (tenant: string, name: keyof CauseRecord, value: CauseRecord[keyof CauseRecord]) =>
  createCauseRecords(board().redis, tenant).change(cause, name, { value, failedAt: Date.now() })
const muteIt = (fields: URLSearchParams): void => fields.set('mute', 'yes')

test('saving leaves what another person noted since the page was opened', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  await save(muteIt, () => change(board().name, 'note', { text: 'em contato', ...stamp }))
  expect(await read()).toMatchObject({ note: { text: 'em contato', by: 'beto' }, mute: { by: 'operação' } })
  await save(
    fields => fields.set('note', 'resolvido'),
    () => change(board().name, 'assignee', { to: 'operação', ...stamp }),
  )
  expect(await read()).toMatchObject({ assignee: { by: 'beto' }, note: { text: 'resolvido', by: 'operação' } })
})

test('saving leaves an assignee whose account is gone', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  await change(board().name, 'assignee', { to: 'ana', ...stamp })
  expect((await save(muteIt)).statusCode).toBe(303)
  expect(await read()).toMatchObject({ assignee: { to: 'ana' }, mute: { by: 'operação' } })
  await save(fields => fields.set('assignee', ''))
  expect((await read()).assignee).toBeUndefined()
})

test('saving for several tenants leaves what differs between them, unless the person changes it', async () => {
  const [one, other] = [board().name, `${board().name}-b`]
  for (const tenant of [one, other]) {
    await fail(board().queues.of(tenant)['totvs-crm'], leads(1, rejected))
    await change(tenant, 'note', { text: `note of ${tenant}`, ...stamp })
  }
  await change(one, 'assignee', { to: 'operação', ...stamp })
  await change(one, 'mute', { count: 1, shapes: [], ...stamp })
  const records = () => Promise.all([one, other].map(readOf))
  const before = await records()
  await save(() => undefined)
  expect(await records()).toEqual(before)
  await save(fields => fields.set('note', 'de todos'))
  const note = { text: 'de todos', by: 'operação' }
  expect(await records()).toMatchObject([{ assignee: { to: 'operação' }, note, mute: { by: 'beto' } }, { note }])
  await save(muteIt)
  expect(await records()).toMatchObject([
    { assignee: { to: 'operação' }, mute: { by: 'beto' } },
    { assignee: undefined, mute: { by: 'operação' } },
  ])
})

test('what was noted ends thirty days after the last failure of the cause, and its mute with it', async () => {
  const queue = board()['totvs-crm']
  await fail(queue, leads(1, rejected))
  const day = 24 * 3_600_000
  await board().redis.zadd(queue.toKey('failed'), Date.now() - 20 * day, 'job-0')
  await send('/failures/care', { part: part(), mute: 'yes' })
  const lives = await Promise.all(
    ['cause:totvs-crm:CRM_REJECTED', 'causes'].map(key => board().redis.pttl(stateKey(board().name, key))),
  )
  expect(lives.map(ms => Math.round(ms / day))).toEqual([10, 30])
  expect(await createCauseRecords(board().redis, board().name).noted()).toEqual([cause])
})

test('nobody assigns a cause to who has no login, writes a book, or cares for what is not there; a viewer changes nothing', async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
  const answers = [
    await send('/failures/care', { part: part(), assignee: 'ninguém' }),
    await send('/failures/care', { part: part(), note: 'x'.repeat(501) }),
    await send('/failures/care', { part: 'nobody/totvs-crm/CRM_REJECTED', note: 'x' }),
    await send('/failures/care', { part: part(), note: 'x' }, basicOf(viewer)),
  ]
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 403])
  expect(await read()).toEqual({})
})
