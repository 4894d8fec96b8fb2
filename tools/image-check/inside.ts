/**
 * What is tried with the image once it is built: `main.ts` starts this where the ports that containers publish can be reached. One
 * line a check, `ok …` or `FAILED …`.
 */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSandboxClient, freePort, type RdContactState } from '@ponte/testbed'
import { check } from './check.ts'
import { repositoryRoot, run, tryRun } from './command.ts'

const LEADS = 60
const DEADLINE_MS = 120_000
const RD_TOKEN = 'demo-rd-webhook-token-of-the-sandbox'

const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-image-'))
const HOST = 'ponte.localhost'

const ports = {
  ingress: await freePort(),
  board: await freePort(),
  sandbox: await freePort(),
  proxy: await freePort(),
}
const compose = await describeProject(folder)
const sandbox = createSandboxClient(`http://127.0.0.1:${ports.sandbox}`)

try {
  await check('before there are any settings, init writes them for who asks, and changes nothing the second time', init)
  const isUp = await check('compose brings everything up, healthy', async () => {
    await compose(
      '--profile',
      'demo',
      '--profile',
      'public',
      'up',
      '--detach',
      '--no-build',
      '--pull',
      'never',
      '--wait',
    )
  })
  if (isUp) {
    await check(
      'a container has no right of root, can write nowhere, and holds nothing that only tests need',
      confinement,
    )
    await check('Redis refuses whoever has no password', refusal)
    await check('the ingress has no way out', noWayOut)
    await check('a lead that is posted to the ingress is in the CRM with its opportunity', oneLead)
    await check(`${LEADS} leads, Redis and a worker killed meanwhile: nothing lost, nothing twice`, killedMeanwhile)
    await check('docker compose run --rm cli doctor finds no problem', doctor)
    await check('HTTPS leads webhooks to the ingress and the rest to the board, and logs no token', proxy)
  }
} finally {
  await compose(
    '--profile',
    'demo',
    '--profile',
    'public',
    '--profile',
    'cli',
    'down',
    '--volumes',
    '--timeout',
    '10',
  ).catch(() => undefined)
  await rm(folder, { recursive: true, force: true })
}
await check('tests run on a Redis of testcontainers, and fail when Docker does not answer', testcontainers)

/** A project of its own beside whatever this Docker runs, with ports and secrets of its own. Returns how compose is called for it. */
async function describeProject(to: string) {
  const variables = {
    REDIS_PASSWORD: randomBytes(32).toString('hex'),
    PONTE_SECRET_KEY: randomBytes(32).toString('base64'),
    PONTE_FINGERPRINT_KEY: randomBytes(32).toString('base64'),
    BOARD_USER: 'operator',
    BOARD_PASSWORD: randomBytes(24).toString('hex'),
    PONTE_CONFIG_FILE: './ponte.config.sandbox.yaml',
    BOARD_PUBLIC_URL: `https://${HOST}`,
    BOARD_TRUSTED_PROXIES: 'uniquelocal',
    INGRESS_TRUSTED_PROXIES: 'uniquelocal',
  }
  const settings = path.join(to, 'settings.env')
  await writeFile(
    settings,
    Object.entries(variables)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  )
  const override = path.join(to, 'ports.yml')
  const published = { ingress: 3000, board: 3001, sandbox: 3010, proxy: 443 } as const
  const services = Object.entries(ports).map(
    ([name, port]) =>
      `  ${name}:\n    ports: !override ['127.0.0.1:${port}:${published[name as keyof typeof published]}']\n`,
  )
  await writeFile(override, `services:\n${services.join('')}`)
  const files = ['--file', 'docker-compose.yml', '--file', override, '--project-directory', repositoryRoot]
  const project = ['--env-file', settings, '--project-name', path.basename(to).toLowerCase()]
  return async (...command: readonly string[]): Promise<string> =>
    await run(['docker', 'compose', ...files, ...project, ...command])
}

async function containersOf(service: string): Promise<string[]> {
  return (await compose('ps', '--all', '--quiet', service)).split('\n').filter(line => line !== '')
}

async function containerOf(service: string): Promise<string> {
  const [container] = await containersOf(service)
  if (container === undefined) throw new Error(`there is no container of ${service}`)
  return container
}

async function confinement(): Promise<void> {
  for (const service of ['redis', 'ingress', 'worker', 'board', 'sandbox', 'proxy']) {
    const container = await containerOf(service)
    const status = await run(['docker', 'exec', container, 'cat', '/proc/self/status'])
    expectThat(/^Uid:\s+[1-9]/m.test(status), `${service} runs as root`)
    for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
      expectThat(status.includes(`${set}:\t0000000000000000`), `${service} has rights (${set})`)
    expectThat(/^NoNewPrivs:\s+1$/m.test(status), `${service} may gain rights`)
    const written = await tryRun([
      'docker',
      'exec',
      container,
      'touch',
      ['redis', 'proxy'].includes(service) ? '/usr/x' : '/app/x',
    ])
    expectThat(written.code !== 0 && /Read-only file system/.test(written.output), `${service} can write on its disk`)
  }
  const wanted = "-name '*.map' -o -name '*.test.ts' -o -path '*/.pnpm/*' -name '*.ts' -o -path '*/tools/testbed/*'"
  const tools = '-name vitest -o -name typescript -o -name oxlint -o -name testcontainers'
  const script = `find /app -type f \\( ${wanted} \\) -o -type d \\( ${tools} \\) | head`
  const found = await run(['docker', 'exec', await containerOf('ingress'), 'sh', '-c', script])
  expectThat(found.trim() === '', `the image holds ${found}`)
}

async function refusal(): Promise<void> {
  const { output } = await tryRun([
    'docker',
    'exec',
    '--env',
    'REDISCLI_AUTH=',
    await containerOf('redis'),
    'redis-cli',
    'ping',
  ])
  expectThat(output.includes('NOAUTH'), `Redis answered ${output.trim()}`)
}

/** Where this machine has no way out itself, it cannot be told. */
async function noWayOut(): Promise<void> {
  const script = `const socket = require('net').connect(443, '1.1.1.1', () => process.exit(0))
    socket.setTimeout(3000, () => process.exit(1)).on('error', () => process.exit(1))`
  const { code } = await tryRun(['docker', 'exec', await containerOf('ingress'), 'node', '--eval', script])
  expectThat(code !== 0, 'the ingress reached an address on the internet')
}

async function oneLead(): Promise<void> {
  await post(await visit('single'))
  await untilThat('the lead and its opportunity are there', async () => (await countInCrm('single')).join() === '1,1,1')
}

/** The batch is under way when processes are killed: the CRM has some of the leads, and not yet all. */
async function killedMeanwhile(): Promise<void> {
  await sandbox.addFault({
    system: 'totvs-crm',
    match: { method: 'POST' },
    kind: 'latency',
    delayMs: 1500,
    times: 'forever',
  })
  const contacts = await Promise.all(Array.from({ length: LEADS }, (_, index) => visit(`batch-${index}`)))
  for (const contact of contacts) await post(contact)
  const underWay = async (atLeast: number): Promise<boolean> => {
    const [leads] = await countInCrm('batch')
    expectThat(leads < LEADS, 'the batch was done before the kill')
    return leads >= atLeast
  }
  const [worker = ''] = await containersOf('worker')
  const redis = await containerOf('redis')
  await untilThat('some leads are there', () => underWay(5))
  await run(['docker', 'kill', worker])
  await untilThat('some more leads are there', () => underWay(12))
  await run(['docker', 'kill', redis])
  await run(['docker', 'start', redis])
  await sandbox.clearFaults()
  await untilThat('all leads and opportunities are there', async () => {
    const counts = await countInCrm('batch')
    return counts[0] >= LEADS && counts[1] >= LEADS && counts[2] >= LEADS && (await areQueuesEmpty())
  })
  const counts = await countInCrm('batch')
  expectThat(
    counts.every(count => count === LEADS),
    `${LEADS} persons, but [persons, leads, opportunities] = ${counts.join()}`,
  )
  await run(['docker', 'start', worker])
}

async function doctor(): Promise<void> {
  const output = await compose('run', '--rm', '--no-TTY', 'cli', 'doctor', '--lang', 'en')
  expectThat(/\d+ checks: no problem/.test(output), output)
}

/** In a folder that holds nothing but the compose file: the examples are in the image. */
async function init(): Promise<void> {
  await copyFile(path.join(repositoryRoot, 'docker-compose.init.yml'), path.join(folder, 'docker-compose.init.yml'))
  const { uid, gid } = await stat(folder)
  const user = ['--user', `${uid}:${gid}`]
  const command = [
    'docker',
    'compose',
    '--file',
    path.join(folder, 'docker-compose.init.yml'),
    'run',
    '--rm',
    '--no-TTY',
  ]
  const files = ['.env', '.env.webhooks', '.env.credentials', 'ponte.config.yaml']
  const readAll = (): Promise<string[]> => Promise.all(files.map(file => readFile(path.join(folder, file), 'utf8')))
  for (const outcome of ['written', 'kept']) {
    const before = outcome === 'kept' ? await readAll() : undefined
    const { code, output, stdout } = await tryRun([...command, ...user, 'init', '--tenant', 'acme', '--json'])
    const data: { files?: { outcome: string }[] } = JSON.parse(stdout || '{}')
    // 1: the logins of both systems are missing.
    expectThat(code === 1 && data.files?.every(each => each.outcome === outcome) === true, output)
    expectThat(before === undefined || before.join('') === (await readAll()).join(''), 'a second run changed a file')
  }
  for (const file of files)
    expectThat(((await stat(path.join(folder, file))).mode & 0o777) === 0o600, `others may read ${file}`)
}

async function proxy(): Promise<void> {
  const container = await containerOf('proxy')
  const authority = '/certificates/caddy/pki/authorities/local/root.crt'
  await untilThat(
    'the certificate is there',
    async () => (await tryRun(['docker', 'exec', container, 'cat', authority])).code === 0,
  )
  const ca = await run(['docker', 'exec', container, 'cat', authority])
  const ask = (method: string, address: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { host: HOST, apiToken: 'a-token-in-a-header' }
      const options = { host: '127.0.0.1', port: ports.proxy, servername: HOST, ca, method, path: address, headers }
      https
        .request(options, response => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
  const token = 'a-token-in-the-address'
  expectThat((await ask('POST', `/webhooks/demo/rd-station?token=${token}`)) === 401, 'the ingress did not refuse')
  expectThat((await ask('GET', '/login')) === 200, 'the board did not answer')
  await compose('stop', 'board')
  expectThat((await ask('GET', `/search?token=${token}`)) === 502, 'the proxy did not miss the board')
  const log = await compose('logs', 'proxy')
  expectThat(log.includes('"status":502') && !log.includes('a-token-in'), `the proxy logged ${log}`)
  await compose('start', 'board')
}

async function testcontainers(): Promise<void> {
  const file = 'packages/state/src/redis/record.test.ts'
  const test = [process.execPath, 'scripts/run.mjs', 'test', '--', file]
  const env = { TESTCONTAINERS: 'required', TESTCONTAINERS_RYUK_DISABLED: 'true', REDIS_URL: undefined }
  const output = await run(test, { env })
  expectThat(/\n[1-9]\d* passed, 0 failed/.test(output), output.slice(-3000))
  const dead = await tryRun(test, { env: { ...env, DOCKER_HOST: 'unix:///nonexistent/docker.sock' } })
  expectThat(
    dead.code !== 0 && dead.output.includes('TESTCONTAINERS'),
    `with a dead Docker: ${dead.output.slice(-3000)}`,
  )
}

/** A visitor fills a form in. */
async function visit(name: string): Promise<RdContactState> {
  const email = `${name}@cliente.example`
  await sandbox.rd().addContact({ name: `Visita ${name}`, email })
  return await sandbox.rd().convert(`email:${email}`, { identifier: 'contato' })
}

/** RD Station's delivery, as the sandbox writes it, goes from inside the network of the containers to the ingress. */
async function post(contact: RdContactState): Promise<void> {
  const url = `http://ingress:3000/webhooks/demo/rd-station?token=${RD_TOKEN}`
  const { attempts } = await sandbox.rd().deliverLead({ url, format: 'v1', contact: contact.uuid })
  expectThat(attempts[0]?.status === 202, `the ingress answered ${attempts[0]?.status}`)
}

/** Persons, leads and opportunities in the CRM whose e-mail begins so. Two leads of one person count as one person. */
async function countInCrm(prefix: string): Promise<[number, number, number]> {
  const { leads, opportunities } = await sandbox.crm().state()
  const own = leads.filter(lead => lead.emails.some(({ email }) => email.startsWith(prefix)))
  const ids = new Set(own.map(({ id }) => id))
  const persons = new Set(own.map(({ externalId }) => externalId))
  return [persons.size, own.length, opportunities.filter(({ leadId }) => ids.has(leadId)).length]
}

/** A second effect of a repeated job would come after the first: it is waited for until no job is left. */
async function areQueuesEmpty(): Promise<boolean> {
  const script =
    'for list in wait active; do redis-cli llen "{demo}:demo.totvs-crm:$list"; done; redis-cli zcard "{demo}:demo.totvs-crm:delayed"'
  const { code, stdout } = await tryRun(['docker', 'exec', await containerOf('redis'), 'sh', '-c', script])
  return code === 0 && stdout.trim().split('\n').join() === '0,0,0'
}

async function untilThat(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${DEADLINE_MS / 1000} s\n${await compose('logs', '--tail', '20')}`)
    await sleep(100)
  }
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
