import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'
import { openTracer, carrierOf, noTracer } from './tracer.ts'

test("without a collector nothing is traced, and nothing of OpenTelemetry's SDK is loaded", async () => {
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({ load(url, context, next) { if (/sdk-trace|otlp/.test(url)) console.log(url); return next(url, context) } })
    const { openTracer, createLogger } = await import('../index.ts')
    const log = createLogger({ level: 'silent', process: 'test' })
    const tracer = await openTracer({ endpoint: process.env.ENDPOINT, process: 'test', log })
    tracer.start('x', { kind: 'server' }).end()
  `
  const loaded = (env: Record<string, string>): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: path.join(import.meta.dirname),
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    })
  expect(loaded({})).toBe('')
  expect(loaded({ ENDPOINT: 'http://127.0.0.1:1' })).not.toBe('')
  const log = createLogger({ level: 'silent', process: 'test' })
  expect(await openTracer({ endpoint: undefined, process: 'test', log })).toBe(noTracer)
})

test(
  'a collector that is away or hangs costs one line of the log and hardly delays the shutdown',
  { tags: ['timed'] },
  async () => {
    const lines: string[] = []
    const log = createLogger({ level: 'trace', process: 'test', destination: { write: line => void lines.push(line) } })
    const server = createServer(() => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const tracer = await openTracer({ endpoint: `http://secret:word@127.0.0.1:${port}`, process: 'test', log })
    const span = tracer.start('work', { kind: 'consumer', parent: { traceparent: 'nonsense' } })
    expect(span.carrier?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    span.child('call', { kind: 'client' }).end({ error: 'X' })
    span.end()
    const startedAt = performance.now()
    await tracer.close()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(lines.join('')).not.toMatch(/secret|word/)
    server.closeAllConnections()
    server.close()
  },
)

test.each([undefined, 7, null, {}, { trace: null }, { trace: { traceparent: 5 } }])(
  '%j holds no trace context',
  data => {
    expect(carrierOf(data)).toBeUndefined()
  },
)
