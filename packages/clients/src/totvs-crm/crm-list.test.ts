import { expect, inject, test } from 'vitest'
import { callsOf, connect, filter, startCrm } from '../testing/fake-crm.ts'
import type { Reply } from '../testing/fake-server.ts'
import { failureOf } from '../testing/recording-guard.ts'

const three = (page: number) => [{ id: `${page}a` }, { id: `${page}b` }, { id: `${page}c` }]

test.each<{ form: string; pages: (page: number) => Reply; calls: number; found: number }>([
  { form: 'an array', pages: page => ({ json: page < 3 ? three(page) : [] }), calls: 3, found: 6 },
  { form: 'an array whatever the page', pages: () => ({ json: three(1) }), calls: 2, found: 3 },
  { form: 'items alone', pages: page => ({ json: { items: page < 3 ? three(page) : [] } }), calls: 3, found: 6 },
  { form: 'no content', pages: () => ({ status: 204 }), calls: 1, found: 0 },
  { form: 'no items', pages: () => ({ json: { items: [], hasNext: false } }), calls: 1, found: 0 },
  { form: 'hasNext', pages: page => ({ json: { items: three(page), hasNext: page < 4 } }), calls: 4, found: 12 },
  {
    form: 'hasNext as text',
    pages: page => ({ json: { items: three(page), hasNext: page < 4 ? 'True' : 'false' } }),
    calls: 4,
    found: 12,
  },
  {
    form: 'count',
    pages: page => ({ json: { items: page < 3 ? three(page) : [{ id: 'last' }], count: 7 } }),
    calls: 3,
    found: 7,
  },
  {
    form: 'count as text',
    pages: page => ({ json: { items: page < 3 ? three(page) : [{ id: 'last' }], count: '7' } }),
    calls: 3,
    found: 7,
  },
  {
    form: 'a count of full pages',
    pages: page => ({ json: { items: page < 3 ? three(page) : [], count: 6 } }),
    calls: 3,
    found: 6,
  },
  {
    form: 'an ignored page number',
    pages: () => ({ json: { items: three(1), hasNext: true } }),
    calls: 2,
    found: 3,
  },
  { form: 'no end', pages: page => ({ json: { items: three(page), hasNext: true } }), calls: 100, found: 300 },
  {
    form: 'one unreadable item',
    pages: () => ({ json: [null, 'x', { name: 'no id' }, { id: 'a' }] }),
    calls: 2,
    found: 1,
  },
])(
  'a list in the form of $form is read to its end: $found records in $calls calls',
  async ({ pages, calls, found }) => {
    await using server = await startCrm(({ path }) => pages(Number(new URL(path, server.url).searchParams.get('page'))))
    const { client } = connect(server)
    expect(await client.listCatalog('stage')).toHaveLength(found)
    expect(callsOf(server)).toHaveLength(calls)
  },
)

/** Records that every filter of these tests may have found. */
const hundred = (page: number) =>
  Array.from({ length: 100 }, (_, index) => ({
    ...{ id: `${page}-${index}`, status: 'X', externalId: 'rd:x', leadId: 'x', userEmail: [{ email: 'x' }] },
  }))

/** Lists of a CRM that has more than it sends, or does not say that this is all. */
const endless: readonly { what: string; pages: (page: number) => Reply; calls: number }[] = [
  { what: 'more than 10,000 records', pages: page => ({ json: { items: hundred(page), hasNext: true } }), calls: 100 },
  { what: 'a count above 10,000', pages: page => ({ json: { items: hundred(page), count: 10_001 } }), calls: 100 },
  { what: 'full lists without an end', pages: page => ({ json: hundred(page) }), calls: 100 },
  {
    what: 'the first page again and again',
    pages: () => ({ json: { items: hundred(1).slice(0, 3), hasNext: true } }),
    calls: 2,
  },
  { what: 'a full first list again and again', pages: () => ({ json: hundred(1) }), calls: 2 },
  { what: 'empty pages and always a next one', pages: () => ({ json: { items: [], hasNext: true } }), calls: 100 },
  { what: 'fewer records than it counts', pages: () => ({ json: { items: [], count: 3 } }), calls: 1 },
  {
    what: 'a count that only repeats reach',
    pages: () => ({ json: { items: hundred(1).slice(0, 60), count: 90 } }),
    calls: 2,
  },
  {
    what: 'the count of the page, and the same page again and again',
    pages: () => ({ json: { items: hundred(1), count: 100 } }),
    calls: 2,
  },
  { what: 'a page of its own size again and again', pages: () => ({ json: hundred(1).slice(0, 20) }), calls: 2 },
  {
    what: 'more than was asked for again and again',
    pages: () => ({ json: [...hundred(1), ...hundred(2)] }),
    calls: 2,
  },
  {
    what: 'the same page again and again, with hasNext as text',
    pages: () => ({ json: { items: hundred(1).slice(0, 3), hasNext: 'true' } }),
    calls: 2,
  },
  {
    what: 'the same page again and again, with a count that is no number',
    pages: () => ({ json: { items: hundred(1).slice(0, 50), count: '' } }),
    calls: 2,
  },
]

test.each(endless)(
  'a look-up that meets $what fails instead of concluding that there is no such record',
  async ({ pages, calls }) => {
    await using server = await startCrm(({ path }) => pages(Number(new URL(path, server.url).searchParams.get('page'))))
    const { client } = connect(server)
    const questions: readonly (() => Promise<unknown>)[] = [
      () => client.findLeads(filter('externalId', 'rd:x'), () => false),
      () => client.findUsers(filter('userEmail.email', 'x'), () => false),
      () => client.findOpportunities(filter('leadId', 'x'), () => false),
    ]
    // They all read lists in the same way, and ten thousand records take a while.
    for (const ask of inject('isLongRun') || calls < 100 ? questions : questions.slice(0, 1)) {
      const before = callsOf(server).length
      expect(await failureOf(ask().then(() => undefined))).toMatchObject({
        name: 'PermanentFailure',
        code: 'CRM_LIST_INCOMPLETE',
      })
      expect(callsOf(server).length - before).toBe(calls)
    }
  },
)

test('a record in an endless list is found, and the reading stops there', async () => {
  await using server = await startCrm(({ path }) => {
    const page = Number(new URL(path, server.url).searchParams.get('page'))
    return { json: { items: hundred(page), hasNext: true } }
  })
  const { client } = connect(server)
  const found = await client.findLeads(filter('externalId', 'rd:x'), ({ id }) => id === '3-50')
  expect(found).toMatchObject([{ id: '3-50' }])
  expect(callsOf(server)).toHaveLength(3)
})

test.each<{ what: string; pages: (page: number) => Reply }>([
  { what: 'that says that more follows', pages: page => ({ json: { items: hundred(page).slice(90), hasNext: true } }) },
  { what: 'as long as was asked for', pages: page => ({ json: hundred(page) }) },
  { what: 'of a longer list', pages: page => ({ json: { items: hundred(page).slice(90), count: 5000 } }) },
])('a filter is ignored when nothing on a page $what fits it, and no further page is read', async ({ pages }) => {
  await using server = await startCrm(({ path }) => pages(Number(new URL(path, server.url).searchParams.get('page'))))
  const { client } = connect(server)
  const questions: readonly (() => Promise<unknown>)[] = [
    () => client.getLead('nobody'),
    () => client.findLeads(filter('emails.email', 'ana@acme.example'), () => false),
    () => client.findOpportunities(filter('leadId', 'other'), () => false),
  ]
  for (const [index, ask] of questions.entries()) {
    expect(await failureOf(ask().then(() => undefined))).toMatchObject({ code: 'CRM_LIST_INCOMPLETE' })
    expect(callsOf(server)).toHaveLength(index + 1)
  }
})

test.each<{ what: string; reply: Reply }>([
  { what: 'a whole list', reply: { json: { items: [...hundred(1), ...hundred(2)], hasNext: false } } },
  { what: 'a short page', reply: { json: three(1) } },
])('whether a filter is ignored does not matter in $what', async ({ reply }) => {
  await using server = await startCrm(() => reply)
  const { client } = connect(server)
  expect(await client.findLeads(filter('emails.email', 'x'), () => false)).toEqual([])
})

test.each<{ what: string; pages: (page: number) => Reply }>([
  {
    what: 'filters after it has cut pages',
    pages: page => ({ json: { items: page < 3 ? [] : three(page), hasNext: page < 3 } }),
  },
  { what: 'sends a short list at once', pages: () => ({ json: [...three(1), ...three(2), ...three(3)] }) },
  {
    what: 'has a page of its own size',
    pages: page => ({ json: page < 3 ? hundred(page).slice(0, 50) : page === 3 ? three(3) : [] }),
  },
  {
    what: 'counts the records of each page',
    pages: page => ({ json: { items: page < 3 ? hundred(page) : three(3), count: page < 3 ? 100 : 3 } }),
  },
  {
    what: 'says hasNext as text, and has a page of its own size',
    pages: page => ({ json: { items: three(page), hasNext: page < 3 ? 'true' : 'false' } }),
  },
  {
    what: 'gives no number as count, and has a page of its own size',
    pages: page => ({ json: { items: page > 3 ? [] : three(page), count: page === 1 ? '' : -1 } }),
  },
  {
    what: 'gives its last page again',
    pages: page => ({ json: three(Math.min(page, 3)) }),
  },
  { what: 'sends full lists', pages: page => ({ json: page < 3 ? hundred(page) : three(3) }) },
])('a CRM that $what is read to its end', async ({ pages }) => {
  await using server = await startCrm(({ path }) => pages(Number(new URL(path, server.url).searchParams.get('page'))))
  const { client } = connect(server)
  const { items, isComplete } = await client.readCatalog('stage')
  expect([items.some(({ id }) => id === '3c'), isComplete]).toEqual([true, true])
})

test.each<Reply>([
  { json: { items: [{ name: 'no id' }, null] } },
  { json: {} },
  { json: null },
  { json: 'x' },
  { json: { items: {} } },
  { text: '' },
  { text: '{"items":[' },
])('a list that cannot be read (%j) is unreadable, not empty', async reply => {
  await using server = await startCrm(() => reply)
  const { client } = connect(server)
  expect((await failureOf(client.listCatalog('stage'))).code).toBe('CRM_UNREADABLE')
})
