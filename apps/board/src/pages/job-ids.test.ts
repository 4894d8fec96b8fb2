import { beforeAll, expect, test } from 'vitest'
import { apiTokens, askApi } from '../testing/api-tokens.ts'
import { useBoard } from '../testing/use-board.ts'
import { leads, rejected } from '../testing/operate.ts'

const { board, fail, visit, send } = useBoard({ isShared: true, apiTokens })
beforeAll(async () => {
  await fail(board()['totvs-crm'], leads(1, rejected))
})

const ask = askApi(board)

test.each(['failed', 'events', 'meta', 'wait', 'id', 'job-0:logs'])(
  'the name of a key of the queue, %s, is no event: nothing is found, and nothing breaks',
  async name => {
    const id = encodeURIComponent(name)
    const bull = `/queues/api/queues/${board()['totvs-crm'].name}/${id}`
    const job = `${board().name}/totvs-crm/${id}`
    const answers = {
      preview: await visit(`/preview/${job}`),
      edit: await visit(`/jobs/${job}/edit`),
      original: await visit(`/jobs/${job}/original`),
      retry: await send(`/jobs/${job}/retry`, {}),
      bullJob: await board().ask('GET', bull),
      bullRetry: await board().ask('PUT', `${bull}/retry`),
      bullClean: await board().ask('PUT', `${bull}/clean`),
      bullPromote: await board().ask('PUT', `${bull}/promote`),
      apiRetry: await ask(`/tenants/${board().name}/events/${id}/retry`, { body: {} }),
    }
    expect(Object.entries(answers).map(([route, { statusCode }]) => [route, statusCode])).toEqual(
      Object.keys(answers).map(route => [route, 404]),
    )
    expect((await send('/search', { q: name })).statusCode).toBe(200)
    expect((await visit(`/events/${board().name}/x?kind=totvs-crm&job=${id}`)).statusCode).toBe(404)
    expect(await board()['totvs-crm'].getFailedCount()).toBe(1)
  },
)
