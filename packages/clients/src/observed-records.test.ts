import type { DriftKind } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { connect, filter, startCrm } from './testing/fake-crm.ts'
import { startFakeServer } from './testing/fake-server.ts'
import { failureOf, recordingGuard, settingsFor } from './testing/recording-guard.ts'
import { createRdStationClient } from './rd-station/rd-station.ts'

function recordObserved() {
  const observed: (readonly [DriftKind, unknown, string | undefined])[] = []
  return { observed, observe: (...seen: readonly [DriftKind, unknown, string | undefined]) => void observed.push(seen) }
}

test('of a list, the records that are wanted are observed as they came, and one that the filter found alone', async () => {
  const users = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ]
  await using server = await startCrm(({ headers }) => ({
    json: {
      items: String(headers['integration-filter']).includes('alone') ? users.slice(0, 1) : users,
      hasNext: false,
    },
  }))
  const { observed, observe } = recordObserved()
  const { client } = connect(server, {}, observe)
  await client.findUsers(filter('userEmail.email', 'b@x.example'), ({ id }) => id === '2')
  await client.findUsers(filter('userEmail.email', 'alone@x.example'), () => false)
  await client.getLead('2')
  expect(observed).toEqual([
    ['crm.user', users[1], '2'],
    ['crm.user', users[0], '1'],
    ['crm.lead', users[1], '2'],
  ])
})

test('an opportunity that lacks a member without which it cannot be read is observed before it fails', async () => {
  await using server = await startCrm(() => ({ json: { id: 'o1', situacao: 'WON' } }))
  const { observed, observe } = recordObserved()
  const { client } = connect(server, {}, observe)
  expect(await failureOf(client.getOpportunity('/api/v11/opportunity/opportunities', 'o1'))).toMatchObject({
    code: 'CRM_UNREADABLE',
  })
  expect(observed).toEqual([['crm.opportunity', { id: 'o1', situacao: 'WON' }, 'o1']])
})

test('contacts are observed by their uuid, funnels that were read by e-mail by none, and what RD Station does not know is not', async () => {
  const funnel = { lifecycle_stage: 'Lead', opportunity: false }
  await using server = await startFakeServer(({ path }) =>
    path.includes('unknown')
      ? { status: 404, json: { errors: { error_type: 'RESOURCE_NOT_FOUND' } } }
      : { json: path.includes('/funnels/') ? funnel : { uuid: 'u' } },
  )
  const { observed, observe } = recordObserved()
  const tokens = {
    current: () => Promise.resolve({ value: 't', isNew: false }),
    renew: () => Promise.resolve({ value: 't', isNew: true }),
  }
  const settings = settingsFor(server.url).rdStation
  const client = createRdStationClient({ settings, tokens, guard: recordingGuard(), observe })
  await client.findContact({ uuid: 'u' })
  await client.findContact({ email: 'ana@x.example' })
  await client.findContact({ uuid: 'unknown' })
  await client.findFunnel({ uuid: 'u' })
  await client.findFunnel({ email: 'ana@x.example' })
  expect(observed.map(([kind, , record]) => [kind, record])).toEqual([
    ['rd.contact', 'u'],
    ['rd.contact', 'u'],
    ['rd.funnel', 'u'],
    ['rd.funnel', undefined],
  ])
})
