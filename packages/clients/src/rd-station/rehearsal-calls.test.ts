import { expect, test } from 'vitest'
import { startFakeServer } from '../testing/fake-server.ts'
import { recordingGuard, SECRETS, settingsFor } from '../testing/recording-guard.ts'
import { createRdStationClient } from './rd-station.ts'

const UUID = 'cdbba2a8-8ccd-4228-9617-6b0257b32077'

test('what a rehearsal makes, changes and removes counts as a write of its quota', async () => {
  await using server = await startFakeServer(({ method }) =>
    method === 'DELETE' ? { status: 204 } : { json: { event_uuid: 'e', uuid: UUID } },
  )
  const guard = recordingGuard()
  const token = async () => ({ value: SECRETS.accessToken, isNew: true })
  const client = createRdStationClient({
    settings: settingsFor(server.url).rdStation,
    tokens: { current: token, renew: token },
    guard,
  })
  const conversion = { identifier: 'ponte-rehearsal', email: SECRETS.email, available_for_mailing: false }
  expect(await client.convert(conversion)).toEqual({ eventUuid: 'e' })
  await client.changeContact(UUID, { job_title: 'Diretora' })
  await client.removeContact(UUID)
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /platform/events?event_type=conversion',
    `PATCH /platform/contacts/uuid:${UUID}`,
    `DELETE /platform/contacts/uuid:${UUID}`,
  ])
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    event_type: 'CONVERSION',
    event_family: 'CDP',
    payload: { conversion_identifier: 'ponte-rehearsal', email: SECRETS.email, available_for_mailing: false },
  })
  expect(guard.calls.map(({ quota, writes }) => `${quota} ${writes}`)).toEqual([
    'events true',
    'contacts true',
    'contacts true',
  ])
})
