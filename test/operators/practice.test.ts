import { spawn } from 'node:child_process'
import { countJobs, createSandboxClient, machineEnvironment, PATIENCE_MS, repositoryRoot } from '@ponte/testbed'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'

/** 2,000 jobs of two companies. */
const patience = { timeout: 3 * PATIENCE_MS, interval: 500 }

/** The demo, as far as its practice, and what a visitor reads of it. */
async function startDemo(option: '--stay' | '--trouble') {
  const child = spawn(process.execPath, ['tools/demo/main.ts', option], {
    cwd: repositoryRoot,
    env: { ...machineEnvironment(), HOME: process.env.HOME },
  })
  const written = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (written.text += text))
  const exited = new Promise<void>(resolve => child.on('close', () => resolve()))
  await expect.poll(() => written.text, patience).toContain('./ponte doctor')
  const { text } = written
  const read = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? expect.unreachable(`${pattern} in ${text}`)
  const redis = new Redis(read(/Redis +(redis:\S+)/))
  onTestFinished(async () => {
    redis.disconnect()
    child.kill('SIGINT')
    await exited
  })
  return {
    text,
    redis,
    read,
    sandbox: createSandboxClient(read(/sandbox +(\S+)\/control/)),
    board: openBoard(read(/board +(http\S+)/), `${read(/user (\S+),/)}:${read(/password (\S+)/)}`),
  }
}

type Demo = Awaited<ReturnType<typeof startDemo>>

/** The board by HTTP, in English, as a browser without JavaScript uses it. */
function openBoard(url: string, login: string) {
  const headers = {
    authorization: `Basic ${Buffer.from(login).toString('base64')}`,
    'accept-language': 'en',
    origin: url,
  }
  const visit = async (path: string, body?: URLSearchParams) => {
    const response = await fetch(new URL(path, url), { headers, ...(body && { method: 'POST', body }) })
    const page = await response.text()
    expect({ path, status: response.status }).toEqual({ path, status: 200 })
    return { path: response.url.slice(url.length), page }
  }
  return {
    get: async (path: string) => (await visit(path)).page,
    /** Presses the button of the form whose action begins so, with what its fields hold. */
    async press(page: string, action: string, typed: Readonly<Record<string, string>> = {}) {
      const [form = '', found = ''] = new RegExp(`<form[^>]*action="(${action}[^"]*)"[^]*?</form>`).exec(page) ?? []
      expect(form, action).not.toBe('')
      const fields = new URLSearchParams(typed)
      for (const [, name = '', value = ''] of form.matchAll(/name="([^"]+)"\s+value="([^"]*)"/g))
        fields.append(name, value.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
      return await visit(found, fields)
    },
  }
}

/**
 * Nothing failed, nothing is under way, and nothing that could still fail waits. What is to be tried in minutes is tried now. No call came
 * while this was looked at: otherwise an event could go from a system that is looked at later to one that was.
 */
async function untilQuiet({ redis, sandbox }: Demo, tenants: readonly string[]): Promise<void> {
  const kinds = ['totvs-crm', 'rd-station', 'quarantine'] as const
  const queues = tenants.flatMap(tenant =>
    kinds.map(kind => new Queue(`${tenant}.${kind}`, { connection: redis, prefix: `{${tenant}}` })),
  )
  onTestFinished(async () => {
    await Promise.all(queues.map(queue => queue.close()))
  })
  const lastCall = async () => (await sandbox.calls({ last: 1 }))[0]?.number ?? 0
  const left = async () => {
    await Promise.all(queues.map(queue => queue.promoteJobs()))
    const before = await lastCall()
    const underWay = await sandbox.deliveries({ state: 'sending' })
    const counts = await Promise.all(tenants.map(async tenant => [tenant, await countJobs(redis, tenant, kinds)]))
    return { ...Object.fromEntries(counts), underWay, calls: (await lastCall()) - before }
  }
  const quiet = Object.fromEntries(tenants.map(tenant => [tenant, { failed: 0, pending: 0 }]))
  await expect.poll(left, patience).toEqual({ ...quiet, underWay: [], calls: 0 })
}

const isWell = async ({ board }: Demo): Promise<void> => {
  expect(await board.get('/')).toMatch(/All is well/)
  expect(await board.get('/failures')).not.toMatch(/action="\/failures\//)
}

test('who retries and corrects what the demo leaves to practise on finds both leads in both systems, and nothing fails again', async () => {
  const demo = await startDemo('--stay')
  const { board, sandbox } = demo
  const failures = await board.get('/failures')
  await board.press(failures.replace(/[^]*?CRM_REJECTED/, ''), '/failures/retry')

  const [, list = ''] = /href="(\/failures\/demo\/quarantine\/[^"]+)"/.exec(failures) ?? []
  const [, edit = ''] = /href="([^"]+\/edit)"/.exec(await board.get(list)) ?? []
  const page = await board.get(edit)
  const [, body = ''] = /<textarea[^>]*>([^]*?)<\/textarea>/.exec(page) ?? []
  const email = demo.read(/"email": "([^"]+)"/)
  const typed = body.replaceAll('&quot;', '"').replace('"name"', `"email": "${email}", "name"`)
  const preview = await board.press(page, '/jobs/demo/quarantine/[^"]*/preview', { body: typed })
  await board.press(preview.page, '/jobs/demo/quarantine/[^"]*/apply')

  for (const each of ['bruno@cliente.example', email])
    await expect
      .poll(async () => (await sandbox.rd().contact(`email:${each}`)).marks.map(({ type }) => type), patience)
      .toEqual(['OPPORTUNITY'])
  await untilQuiet(demo, ['demo'])
  await isWell(demo)
})

test('who helps both companies in trouble as the demo says finds every lead and sale in both systems, and nothing fails again', async () => {
  const demo = await startDemo('--trouble')
  const { board, sandbox } = demo
  const desk = demo.read(/help desk +(\S+)/)
  const repairs = [...(await (await fetch(desk)).text()).matchAll(/action="([^"]+)"/g)]
  expect(repairs).toHaveLength(5)
  for (const [, path = ''] of repairs)
    expect((await fetch(new URL(path, desk), { method: 'POST', headers: { origin: desk } })).status).toBe(200)

  const onward = await board.press(await board.get('/connections'), '/connections/acme/rd-station')
  const [, dialog = ''] = /href="([^"]*\/auth\/dialog[^"]*)"/.exec(onward.page) ?? []
  const allowed = await fetch(dialog.replaceAll('&amp;', '&'), { redirect: 'manual' })
  const { pathname, search } = new URL(allowed.headers.get('location') ?? '')
  expect(await board.get(pathname + search)).toContain('acme is connected')
  await board.press(await board.get('/connections'), '/connections/nova/totvs-crm/check')

  const trial = await board.press(await board.get('/failures'), '/failures/try')
  const others = async () => (await board.get(trial.path)).includes('Retry the other')
  await expect.poll(others, patience).toBe(true)
  // Pressed again where more has failed meanwhile, as a person would.
  const retryOthers = async (): Promise<boolean> => {
    const page = await board.get(trial.path)
    const areLeft = page.includes('Retry the other')
    if (areLeft) await board.press(page, '/failures/retry')
    return areLeft
  }
  await expect.poll(retryOthers, patience).toBe(false)

  await untilQuiet(demo, ['acme', 'nova'])
  expect(await sandbox.deliveries({ state: 'failed' })).toEqual([])
  await isWell(demo)
  for (const tenant of ['acme', 'nova']) {
    const { contacts, droppedMarks } = await sandbox.rd(tenant).state()
    expect(contacts.filter(({ marks }) => marks[0]?.type !== 'OPPORTUNITY')).toEqual([])
    expect(droppedMarks).toEqual([])
    const { leads, opportunities } = await sandbox.crm(tenant).state()
    expect([leads.length, opportunities.length]).toEqual([contacts.length, contacts.length])
    const won = opportunities.filter(({ status }) => status === 'WON')
    expect(ascending(contacts.flatMap(({ sales }) => sales))).toEqual(ascending(won.map(each => each.totalValue)))
  }
})

const ascending = (values: readonly unknown[]): readonly number[] => values.map(Number).toSorted((a, b) => a - b)
