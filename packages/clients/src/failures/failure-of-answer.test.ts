import { ConflictFailure, PermanentFailure, type System, ThrottledFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { createHttp } from '../http/http.ts'
import { describeAnswer } from './failure-of-answer.ts'
import { type Reply, startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard, SECRETS } from '../testing/recording-guard.ts'
import { impatient, look, write } from '../testing/requests.ts'

const systems: readonly (readonly [System, string, string])[] = [
  ['rd-station', 'RD', 'RD_QUOTA_EXCEEDED'],
  ['totvs-crm', 'CRM', 'CRM_THROTTLED'],
]

const redirect = (status: number) => ({ status, headers: { location: 'http://127.0.0.1:9/manutencao' } })
const page = { headers: { 'content-type': 'text/html' }, text: '<html>Bad Gateway</html>' }

const isSilent = (reply: Reply): boolean => reply === 'no answer' || reply === 'no end of the body'

/** `outage`, and `unknown`: whether the outcome of a write is unknown. The outcome of a read never is. */
test.each<{ reply: Reply; code: string; outage: boolean; unknown: boolean }>([
  { reply: { status: 408 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: { status: 425 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: { status: 500, json: { message: 'x' } }, code: 'UNAVAILABLE', outage: false, unknown: true },
  { reply: { ...page, status: 500 }, code: 'UNAVAILABLE', outage: false, unknown: true },
  { reply: { status: 501 }, code: 'UNAVAILABLE', outage: false, unknown: true },
  { reply: { status: 502 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { status: 503 }, code: 'UNAVAILABLE', outage: true, unknown: false },
  { reply: { ...page, status: 504 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { status: 522 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: page, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { text: '  <html>' }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { ...page, status: 403 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: { ...page, status: 404 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: redirect(301), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: redirect(302), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: redirect(303), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: redirect(307), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { ...redirect(308), ...page }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { status: 304 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: 'drop', code: 'UNREACHABLE', outage: true, unknown: true },
  { reply: 'no answer', code: 'UNREACHABLE', outage: true, unknown: true },
  { reply: 'no end of the body', code: 'UNREACHABLE', outage: true, unknown: true },
])('$reply makes a write transient ($code, outage $outage, outcome unknown $unknown) after one call', async row => {
  await using server = await startFakeServer(() => row.reply)
  for (const [system, prefix] of systems) {
    // Short only where no answer ends the call: for the others a busy machine may need longer.
    const limits = isSilent(row.reply) ? impatient : {}
    const http = createHttp({ system, guard: recordingGuard(), limits })
    const failure = await failureOf(http.request({ ...write, url: `${server.url}/x` }))
    expect(failure).toBeInstanceOf(TransientFailure)
    expect(failure).toMatchObject({
      code: `${prefix}_${row.code}`,
      system,
      outage: row.outage,
      isOutcomeUnknown: row.unknown,
    })
    expect(await failureOf(http.request({ ...look, url: `${server.url}/x` }))).toMatchObject({
      isOutcomeUnknown: false,
    })
  }
  expect(server.received).toHaveLength(4)
})

test.each<{ reply: Reply; rd: string; crm: string }>([
  { reply: { status: 400, json: { error_type: 'INVALID', code: 'INVALID' } }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { ...page, status: 400 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { ...page, status: 413 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { status: 401 }, rd: 'RD_UNAUTHORIZED', crm: 'CRM_UNAUTHORIZED' },
  { reply: { status: 403 }, rd: 'RD_FORBIDDEN', crm: 'CRM_REJECTED' },
  { reply: { status: 404 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { status: 415 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { status: 422 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: 'flood', rd: 'RD_UNREADABLE', crm: 'CRM_UNREADABLE' },
])('$reply is permanent ($rd, $crm) after one call', async row => {
  await using server = await startFakeServer(() => row.reply)
  for (const [system] of systems) {
    const http = createHttp({ system, guard: recordingGuard() })
    const failure = await failureOf(http.request({ ...write, url: `${server.url}/x` }))
    expect(failure).toBeInstanceOf(PermanentFailure)
    expect(failure.code).toBe(system === 'rd-station' ? row.rd : row.crm)
  }
  expect(server.received).toHaveLength(2)
})

test.each<{ reply: Reply; waitMs: number }>([
  { reply: { status: 429, headers: { 'retry-after': '7' } }, waitMs: 7_000 },
  {
    reply: { status: 429, headers: { 'retry-after-quotas': '9' }, json: { message: 'API rate limit exceeded' } },
    waitMs: 9_000,
  },
  { reply: { status: 429, json: { errors: { error_type: 'RATE_LIMIT_EXCEDDED' } } }, waitMs: 60_000 },
  { reply: { status: 429, json: { error: "'account_limiter' rate limit", remaining_time: 12 } }, waitMs: 12_000 },
  { reply: { status: 429, ...page }, waitMs: 60_000 },
  { reply: { status: 503, headers: { 'retry-after': '120' } }, waitMs: 120_000 },
])('$reply makes everything sent to that system wait $waitMs ms', async ({ reply, waitMs }) => {
  await using server = await startFakeServer(() => reply)
  for (const [system, , throttled] of systems) {
    const failure = await failureOf(
      createHttp({ system, guard: recordingGuard() }).request({ ...write, url: server.url }),
    )
    expect(failure).toBeInstanceOf(ThrottledFailure)
    expect(failure).toMatchObject({ code: throttled, scope: 'system', retryAfterMs: waitMs, system })
  }
})

test.each([
  [43_067, 43_067_000],
  [43_067_000, 24 * 3_600_000],
  [undefined, 60_000],
])(
  "RD Station's limit for one contact (remaining_time %s) makes that job alone wait %i ms",
  async (remaining, waitMs) => {
    const error = `'lead_limiter' rate limit exceeded for 86400 second(s) period for key '${SECRETS.email}'`
    await using server = await startFakeServer(() => ({
      status: 429,
      json: { error, max: 24, usage: 25, remaining_time: remaining },
    }))
    const failure = await failureOf(
      createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...look, url: server.url }),
    )
    expect(failure).toMatchObject({ code: 'RD_CONTACT_LIMITED', scope: 'job', retryAfterMs: waitMs })
    expect(failure.detail).toContain("for key 'm***@a***'")
  },
)

test('a conflict in TOTVS CRM is a failure of its own kind, and no outage', async () => {
  await using server = await startFakeServer(() => ({ status: 409, json: { code: 'MERGE', message: 'try again' } }))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure).toBeInstanceOf(ConflictFailure)
  expect(failure).toMatchObject({ code: 'CRM_CONFLICT', detail: 'MERGE: try again' })
})

test('the API’s own words are kept, at most 300 characters, without what was sent and what is personal', async () => {
  const words = `${SECRETS.name} <${SECRETS.email}> ${SECRETS.phone} ${SECRETS.accessToken} ${SECRETS.sessionId} refused `
  await using server = await startFakeServer(() => ({
    status: 400,
    json: { errors: [{ error_type: 'INVALID_FIELDS', error_message: words + 'x '.repeat(400), path: '$.x' }] },
  }))
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure.message).toBe('RD_REJECTED: RD Station refused the data. (status=400, error=INVALID_FIELDS)')
  expect(failure.detail).toMatch(/^INVALID_FIELDS: \*\*\* <\*\*\*> \*\*\* \*\*\* \*\*\* refused x x/)
  expect(failure.detail).toHaveLength(300)
})

test('the API’s words hold nothing that a terminal obeys', async () => {
  const message = 'no \u001b[2J\u009b31m\u0007\u202E\r\nat all'
  await using server = await startFakeServer(() => ({ status: 400, json: { code: 'REFUSED', message } }))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure.detail).toBe('REFUSED: no [2J 31m at all')
})

test.each([
  'Maria  Souza',
  'Maria\nSouza',
  'Maria\t\u00A0Souza',
  'Ma\u200Bria Souza',
  'Maria\u2028S. Souza',
  'Souza,\r\nMaria',
])('a name that the CRM quotes is masked whatever white space it has: %j', async name => {
  const message = `já usado por ${name} hoje`
  await using server = await startFakeServer(() => ({ status: 400, json: { code: 'REFUSED', message } }))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url }),
  )
  expect(failure.detail).toBe('REFUSED: já usado por *** hoje')
})

test.each([
  ['já usado por Maria Souza', 'já usado por ***'],
  ['já usado por Souza, Maria', 'já usado por ***'],
  ['Origem do Lead Inativa: Maria Souza', 'Origem do Lead Inativa: ***'],
  ['Origem do Lead Inativa', 'Origem do Lead Inativa'],
  ['Integration Resource Unknown', 'Integration Resource Unknown'],
])('of a name of which a part was sent nothing stays, and words of the systems do: %s', (message, detail) => {
  const answer = { status: 400, headers: {}, html: false, body: { code: 'REFUSED', message } }
  expect(describeAnswer(answer, { system: 'totvs-crm', sent: ['Maria Lima'] }).detail).toBe(`REFUSED: ${detail}`)
})

test('a code of the API that could be somebody’s data is not shown', async () => {
  await using server = await startFakeServer(() => ({ status: 400, json: { code: SECRETS.email, message: 'no' } }))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url }),
  )
  expect(failure.context).toEqual({ status: 400 })
})
