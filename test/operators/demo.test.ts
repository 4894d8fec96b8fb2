import { spawn } from 'node:child_process'
import { machineEnvironment, repositoryRoot } from '@ponte/testbed'
import { inject, test, type TestContext } from 'vitest'

/** A process with what it has written so far. */
function start(
  argv: readonly string[],
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(process.execPath, argv, {
    cwd: repositoryRoot,
    env: { ...machineEnvironment(), HOME: process.env.HOME, ...env },
  })
  const written = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (written.text += text))
  const exited = new Promise<number | null>(resolve => child.on('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGINT')
    await exited
  })
  return { child, written, exited }
}

test.concurrent('the demo tells each step in a line, what each system holds, and leaves two failed events that the printed commands find', async context => {
  const { expect } = context
  const demo = start(['tools/demo/main.ts', '--stay'], context)
  await expect.poll(() => demo.written.text).toContain('./ponte doctor')
  const { text } = demo.written

  expect(text).toContain('demo: all as expected')
  const steps = text.split('\n').filter(line => line.startsWith('  ✓'))
  expect(steps).toHaveLength(14)
  expect(steps.filter(line => line.length > 110 || !/\d s$/.test(line))).toEqual([])
  expect(text).not.toMatch(/ (GET|POST) \//)
  expect(text).toMatch(/ {2}Maria +WON +– +Client +OPPORTUNITY, SALE +R\$ 15,000\.00\n/)
  expect(text).toMatch(/ {2}João +LOST +– +Lead +OPPORTUNITY, OPPORTUNITY_LOST +–\n/)
  expect(text).toMatch(/ {2}Ana +WON +OK +Client +OPPORTUNITY, SALE +R\$ 150,000\.00\n/)

  const settings = [...text.matchAll(/(REDIS_URL|PONTE_CONFIG|PONTE_SECRET_KEY)=(\S+)/g)]
  const env = Object.fromEntries(settings.map(([, name = '', value = '']) => [name, value]))
  const failures = start(['scripts/run.mjs', 'ponte', 'failures', '--json'], context, env)
  expect(await failures.exited).toBe(1)
  expect(JSON.parse(failures.written.text)).toMatchObject({
    failures: [
      { code: 'CRM_REJECTED', count: 1 },
      { code: 'LEAD_WITHOUT_IDENTITY', count: 1 },
    ],
  })

  demo.child.kill('SIGINT')
  expect(await demo.exited).toBe(130)
})

// After the others, which choose their ports from the same ones.
test.runIf(inject('isLongRun'))(
  'the demo in trouble holds what it says: three causes over two companies, quarantine, and two connections that need somebody',
  async context => {
    const { expect } = context
    const demo = start(['tools/demo/main.ts', '--trouble'], context)
    await expect.poll(() => demo.written.text).toContain('./ponte doctor')
    const { text } = demo.written
    expect(text.split('\n').filter(line => line.startsWith('  ✓'))).toHaveLength(7)

    const settings = [...text.matchAll(/(REDIS_URL|PONTE_CONFIG|PONTE_SECRET_KEY)=(\S+)/g)]
    const env = Object.fromEntries(settings.map(([, name = '', value = '']) => [name, value]))
    const failures = start(['scripts/run.mjs', 'ponte', 'failures', '--json'], context, env)
    expect(await failures.exited).toBe(1)
    expect(JSON.parse(failures.written.text)).toMatchObject({
      failures: [
        { tenant: 'acme', code: 'CRM_DEFAULT_USER_WITHOUT_ROLE', count: 250 },
        { tenant: 'nova', code: 'CRM_REJECTED', count: 150 },
        { tenant: 'nova', code: 'RD_REJECTED', count: 100 },
        { tenant: 'acme', code: 'LEAD_WITHOUT_IDENTITY', count: 20 },
      ],
    })

    const [, board = '', user = '', password = ''] = /board +(\S+)\n +user (\S+), password (\S+)/.exec(text) ?? []
    const read = async (path: string): Promise<string> => {
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
      const response = await fetch(`${board}${path}`, { headers: { authorization, 'accept-language': 'en' } })
      expect(response.status).toBe(200)
      return (await response.text()).replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
    }
    const failed = await read('/failures')
    expect(failed).toContain('O campo personalizado CPF é obrigatório.')
    expect(failed).toContain('Must be less than or equal to 10000.')
    expect(await read('/waiting')).toMatch(/acme.*RD_TOKEN_REVOKED.*nova.*CRM_UNAVAILABLE/)
  },
)
