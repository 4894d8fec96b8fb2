import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, startCompany, sendUntilAccepted } from '../support/company.ts'
import { openOtlpSink, type ReceivedSpan } from '../support/servers/otlp-sink.ts'

const senderTrace = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const senderSpan = '0123456789abcdef'

let sink: Awaited<ReturnType<typeof openOtlpSink>>
let company: Company
beforeAll(async () => {
  sink = await openOtlpSink()
  company = await startCompany({ workflows: false, env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${sink.url}/` } })
})
afterAll(async () => {
  await company.stop()
  await sink.close()
})

/** Posts what the sender posts, as part of the sender's own trace. */
async function postLead(email: string, name: string): Promise<void> {
  const { rdStationUrl, tokens } = company.ponte.tenant
  const headers = {
    'content-type': 'application/json',
    apiToken: tokens.rdStation,
    traceparent: `00-${senderTrace}-${senderSpan}-00`,
  }
  const body = JSON.stringify({ leads: [{ uuid: crypto.randomUUID(), email, name }] })
  await sendUntilAccepted(() => fetch(rdStationUrl, { method: 'POST', headers, body }))
}

const spansOf = (traceId: string): readonly ReceivedSpan[] => sink.spans().filter(span => span.traceId === traceId)

test("one trace goes from the sender's request over the ingress and the queue to each call of the worker", async () => {
  const email = newEmail()
  await postLead(email, 'Pessoa Rastreada')
  await expect
    .poll(() => spansOf(senderTrace).some(({ attributes }) => attributes['ponte.outcome'] === 'done'), patience)
    .toBe(true)
  // Each process sends its spans by a timer of its own.
  const requests = () => spansOf(senderTrace).filter(({ service }) => service === 'ponte-ingress')
  await expect.poll(() => requests().length, patience).toBeGreaterThan(0)
  const spans = spansOf(senderTrace)

  const [request] = requests()
  expect(request).toMatchObject({ name: 'POST /webhooks/:tenant/rd-station', parentSpanId: senderSpan, failed: false })
  expect(request?.attributes).toMatchObject({ 'http.response.status_code': 202, 'ponte.events.accepted': 1 })

  const [run, ...others] = spans.filter(({ name }) => name === 'job lead.registered')
  expect(others).toEqual([])
  expect(run).toMatchObject({ service: 'ponte-worker', parentSpanId: request?.spanId })

  const calls = spans.filter(({ parentSpanId }) => parentSpanId === run?.spanId)
  expect(calls).toHaveLength(spans.length - 2)
  const seen = await company.sandbox.calls({ system: 'totvs-crm' })
  expect(calls.map(({ attributes }) => String(attributes['http.request.method'])).toSorted()).toEqual(
    seen.map(({ method }) => method).toSorted(),
  )

  // Names, numbers and masked paths; nothing of the person, no token.
  const text = JSON.stringify(spans)
  expect(text).not.toContain(email)
  expect(text).not.toContain('Rastreada')
  expect(text).not.toContain(company.ponte.tenant.tokens.rdStation)
})

test('a failed mark, the write of statusRD that it causes and the next round belong to the trace of their webhook', async () => {
  const { opportunity } = await company.bring({ name: 'Marca Recusada', email: newEmail() })
  await company.sandbox.addFault({
    system: 'rd-station',
    match: { path: '/rd/platform/events' },
    kind: 'status',
    status: 400,
    times: 'forever',
  })
  await company.announce('created', opportunity.id)
  const statusRdRuns = (): readonly ReceivedSpan[] =>
    sink
      .spans()
      .filter(({ name, attributes }) => name === 'job status-rd.changed' && attributes['ponte.outcome'] === 'done')
  await expect.poll(() => statusRdRuns().length, patience).toBe(2)

  const [traceId = ''] = statusRdRuns().map(span => span.traceId)
  expect(new Set(statusRdRuns().map(span => span.traceId))).toEqual(new Set([traceId]))
  // Each process sends its spans when it likes.
  const runs = (): readonly ReceivedSpan[] => spansOf(traceId).filter(({ name }) => name.startsWith('job opportunity.'))
  await expect.poll(() => runs().length, patience).toBe(2)
  const spans = spansOf(traceId)
  expect(spans.filter(({ service }) => service === 'ponte-ingress')).toHaveLength(1)
  const marks = runs()
  expect(marks.map(({ attributes }) => attributes['error.type'])).toEqual(['RD_REJECTED', 'RD_REJECTED'])
  expect(marks.every(({ failed }) => failed)).toBe(true)
  expect(spans.filter(({ failed, name }) => failed && name === 'POST rd-station')).toHaveLength(2)
})
