import { describe, expect, test } from 'vitest'
import { client, crmLogin, driveSandbox, mark, newLead, resources } from './testing/drive-sandbox.ts'

/** A cut connection shows only on a real one. */
async function listening() {
  const sandbox = await driveSandbox()
  const url = await sandbox.app.listen({ port: 0, host: '127.0.0.1' })
  const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  const addFault = (fault: object) => sandbox.control('POST', '/faults', fault)
  const leads = async () => (await sandbox.control('GET', '/crm/demo')).body.leads
  const createLead = async () =>
    send('/crm/api/integration', newLead, {
      cookie: await sandbox.login(),
      ...resources.lead,
      'integration-action': 'create',
    })
  return { ...sandbox, send, addFault, leads, createLead }
}

const onCreate = { system: 'totvs-crm', match: { action: 'create', resource: 'leads-integration' } }

describe('a fault', () => {
  test('answers the next calls that match with a status, then is used up', async () => {
    const { addFault, control, rd } = await listening()
    await addFault({
      system: 'rd-station',
      match: { method: 'POST', path: '/platform/events', body: 'SALE' },
      kind: 'status',
      status: 503,
      headers: { 'retry-after': '7' },
      body: { errors: { error_type: 'SERVICE_UNAVAILABLE' } },
      times: 2,
    })
    const sale = () => rd('POST', '/platform/events', mark('SALE', { value: 1 }))
    expect((await rd('POST', '/platform/events', mark('OPPORTUNITY'))).status).toBe(200)
    const first = await sale()
    expect(first).toMatchObject({ status: 503, body: { errors: { error_type: 'SERVICE_UNAVAILABLE' } } })
    expect(first.headers['retry-after']).toBe('7')
    expect([(await sale()).status, (await sale()).status]).toEqual([503, 200])
    expect((await control('GET', '/faults')).body).toMatchObject([{ used: 2 }])
    // What failed came all the same.
    expect((await control('GET', '/rd/demo/quotas')).body.events.calls).toBe(4)
  })

  test('can last until it is cleared, and hit one account alone', async () => {
    const { addFault, call, control } = await listening()
    await control('PUT', '/rd/other', { clientId: 'o', clientSecret: 's', refreshToken: 'r' })
    const { body } = await addFault({
      system: 'rd-station',
      match: { account: 'demo' },
      kind: 'html',
      times: 'forever',
    })
    const refresh = () => call('POST', '/rd/auth/token', { ...client, refresh_token: 'demo-refresh' })
    for (let time = 0; time < 3; time += 1) expect((await refresh()).status).toBe(502)
    expect((await refresh()).body).toMatch(/^<html>/)
    const other = await call('POST', '/rd/auth/token', { client_id: 'o', client_secret: 's', refresh_token: 'r' })
    expect(other.status).toBe(200)
    await control('DELETE', `/faults/${body.id}`)
    expect((await refresh()).status).toBe(200)
  })

  test('before the work cuts the connection and leaves nothing done', async () => {
    const { addFault, createLead, leads } = await listening()
    await addFault({ ...onCreate, kind: 'drop-before' })
    await expect(createLead()).rejects.toThrow('fetch failed')
    expect(await leads()).toEqual([])
    expect((await createLead()).status).toBe(200)
  })

  test('after the work cuts the connection and leaves it done', async () => {
    const { addFault, control, createLead, leads } = await listening()
    await addFault({ ...onCreate, kind: 'drop-after' })
    await expect(createLead()).rejects.toThrow('fetch failed')
    expect(await leads()).toHaveLength(1)
    const { body } = await control('GET', '/calls?action=create')
    expect(body).toMatchObject([{ status: null, body: { name: newLead.name } }])
  })

  test('delays an answer and does the work', async () => {
    const { addFault, createLead, leads } = await listening()
    await addFault({ ...onCreate, kind: 'latency', delayMs: 60 })
    const started = performance.now()
    expect((await createLead()).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThanOrEqual(55)
    expect(await leads()).toHaveLength(1)
  })

  test('that delays lets go of what waits when it is removed', async () => {
    const { addFault, control, createLead, leads } = await listening()
    await addFault({ ...onCreate, kind: 'latency', delayMs: 600_000 })
    const creating = createLead()
    await expect.poll(async () => (await control('GET', '/faults')).body[0].used).toBe(1)
    expect(await leads()).toEqual([])
    await control('DELETE', '/faults')
    expect((await creating).status).toBe(200)
    expect(await leads()).toHaveLength(1)
  })

  test('does the work and mislabels the answer', async () => {
    const { addFault, createLead, leads } = await listening()
    await addFault({ ...onCreate, kind: 'wrong-content-type' })
    const response = await createLead()
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(JSON.parse(await response.text())).toEqual({ id: expect.any(String) })
    expect(await leads()).toHaveLength(1)
  })

  test('that hangs never answers and does no work, and the sandbox still closes', async () => {
    const { addFault, app, control, send } = await listening()
    await addFault({ system: 'totvs-crm', match: { path: '/api/login' }, kind: 'hang' })
    const answer = send('/crm/api/login', crmLogin).catch(() => 'cut')
    await expect.poll(async () => (await control('GET', '/faults')).body[0].used).toBe(1)
    expect((await control('GET', '/calls')).body).toMatchObject([{ path: '/api/login', status: null }])
    await app.close()
    expect(await answer).toBe('cut')
  })

  test('of an unknown kind is refused', async () => {
    const { addFault } = await listening()
    expect((await addFault({ system: 'rd-station', kind: 'explode' })).status).toBe(400)
  })
})
