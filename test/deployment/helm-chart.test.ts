import { readFileSync } from 'node:fs'
import path from 'node:path'
import { END_AFTER_MS, parseTenants } from '@ponte/runtime'
import { repositoryRoot } from '@ponte/testbed'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { canRunHelm } from '../support/chart/helm.ts'
import {
  CHART,
  render,
  type Rendered,
  valueFiles,
  valuesOf,
  type Workload,
  workloadsOf,
} from '../support/chart/rendered-chart.ts'

const readText = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8')
const dockerfile = readText('Dockerfile')
const compose: { services: Record<string, { command?: readonly string[]; entrypoint?: readonly string[] }> } = parse(
  readText('docker-compose.yml'),
  { merge: true },
)
const { version }: { version: string } = JSON.parse(readText('package.json'))
/** What the processes can be set to by environment, as the page of settings has it. */
const settings = [...readText('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm)].map(
  ([, name = '', processes = '']) => ({ name, processes }),
)
const namesOf = (component: string): readonly string[] => {
  const process = component === 'cli' ? 'command line' : component
  return settings.filter(({ processes }) => processes === 'all' || processes.includes(process)).map(({ name }) => name)
}

describe.runIf(canRunHelm)('the chart', () => {
  const rendered = new Map<string, readonly Rendered[]>()
  beforeAll(async () => {
    for (const file of valueFiles) rendered.set(file, await render(...valuesOf(file)))
  })
  const objects = (file: string): readonly Rendered[] => rendered.get(file) ?? []
  const all = (): readonly Workload[] => valueFiles.flatMap(file => workloadsOf(objects(file)))
  const one = (file: string, name: string): Workload => {
    const found = workloadsOf(objects(file)).find(each => each.name === name)
    if (found === undefined) throw new Error(`${file} makes no ${name}`)
    return found
  }
  const specOf = (file: string, kind: string, name: string): unknown =>
    objects(file).find(each => each.kind === kind && each.metadata.name === name)?.value['spec']

  test('runs ingress, workers, board, and the command line as a job when it is asked to', () => {
    expect(workloadsOf(objects('default-values.yaml')).map(({ name, replicas }) => [name, replicas])).toEqual([
      ['ponte-board', 1],
      ['ponte-ingress', 2],
      ['ponte-worker', 2],
    ])
    const cli = workloadsOf(objects('external-secrets-values.yaml')).find(({ component }) => component === 'cli')
    expect(cli?.container.args).toEqual(['doctor', '--json'])
    for (const { component, container } of all()) {
      const service = compose.services[component]
      expect([component, container.command]).toEqual([
        component,
        service?.entrypoint ?? service?.command ?? ['node', 'apps/ingress/src/main.ts'],
      ])
    }
  })

  test('has the version of Ponte, and so has the image of a first try', () => {
    const chart: { version: string; appVersion: string } = parse(readText(`${CHART}/Chart.yaml`))
    expect(chart).toMatchObject({ version, appVersion: version })
    expect(one('default-values.yaml', 'ponte-worker').container).toMatchObject({ image: `ponte:${version}` })
    expect(readText(`${CHART}/examples/kind.yaml`)).toContain(`image: ponte:${version}\n`)
    expect(readText('docs/operating/kubernetes.md')).toContain(`docker build --tag ponte:${version} .`)
    expect(one('external-secrets-values.yaml', 'ponte-worker').container).toMatchObject({
      image: `registry.example.com/ponte@sha256:${'0'.repeat(64)}`,
    })
  })

  test('in an upgrade the workers can have the new image while the others keep theirs', async () => {
    const upgraded = await render('--set', 'image.tag=1.0.0,worker.image=registry.example.com/ponte:2.0.0')
    const images = workloadsOf(upgraded).map(({ component, container }) => [component, container.image])
    expect(Object.fromEntries(images)).toEqual({
      ingress: 'ponte:1.0.0',
      worker: 'registry.example.com/ponte:2.0.0',
      board: 'ponte:1.0.0',
    })
  })

  test('no container runs as root, can get rights, write on its disk or speak to Kubernetes, and each has limits', () => {
    expect(dockerfile).toContain('USER 1000:1000')
    expect(all().length).toBeGreaterThan(10)
    for (const { name, pod, container } of all()) {
      expect(pod.securityContext, name).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(container.securityContext, name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect([pod.automountServiceAccountToken, pod.enableServiceLinks], name).toEqual([false, false])
      expect(container.resources.limits.memory, name).toMatch(/i$/)
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toContain('/tmp')
    }
  })

  test('a pod that stops has longer than its process needs, and a process behind a Service pauses before', () => {
    for (const { name, component, pod, container } of all().filter(each => each.component !== 'cli')) {
      const pauseSeconds = container.lifecycle?.preStop.sleep.seconds ?? 0
      expect(pauseSeconds > 0, name).toBe(component !== 'worker')
      expect(pod.terminationGracePeriodSeconds, name).toBeGreaterThan(pauseSeconds + END_AFTER_MS / 1000)
    }
  })

  test('each process is asked at its ops port whether it is alive and ready', () => {
    expect(dockerfile).toContain('OPS_PORT=9090')
    for (const { name, container } of all().filter(({ component }) => component !== 'cli')) {
      expect(container.ports, name).toContainEqual({ name: 'ops', containerPort: 9090 })
      expect(container, name).toMatchObject({
        livenessProbe: { httpGet: { path: '/healthz', port: 'ops' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 'ops' } },
      })
    }
  })

  test('a process is given nothing that it has no setting for', () => {
    for (const { name, component, container } of valueFiles.flatMap(file => workloadsOf(objects(file)))) {
      const own = new Set([...namesOf(component), 'LOG_LEVEL', 'NO_COLOR', 'NODE_EXTRA_CA_CERTS'])
      const given = container.env.map(each => each.name)
      const unknown = given.filter(each => !own.has(each))
      expect({ name, unknown, distinct: new Set(given).size }).toEqual({ name, unknown: [], distinct: given.length })
    }
  })

  test('a process is given only the secrets that it uses, by reference', () => {
    const secretsOf = (file: string): Record<string, readonly string[]> =>
      Object.fromEntries(
        workloadsOf(objects(file)).map(({ name, container }) => [
          name,
          [
            ...container.envFrom.map(({ secretRef }) => secretRef.name),
            ...container.env.flatMap(({ from }) => (from === undefined ? [] : [`${from.name}/${from.key}`])),
          ],
        ]),
      )
    const keys = [
      'ponte-keys/PONTE_FINGERPRINT_KEY',
      'ponte-keys/PONTE_SECRET_KEY',
      'ponte-keys/PONTE_OTHER_SECRET_KEYS',
    ]
    expect(secretsOf('default-values.yaml')).toEqual({
      'ponte-ingress': ['ponte-webhook-tokens', 'ponte-redis/REDIS_URL', keys[0]],
      'ponte-worker': ['ponte-credentials', 'ponte-redis/REDIS_URL', ...keys],
      'ponte-board': ['ponte-credentials', 'ponte-board', 'ponte-redis/REDIS_URL', ...keys],
    })
    const mounts = (component: string): readonly string[] =>
      workloadsOf(objects('external-secrets-values.yaml'))
        .filter(each => each.component === component)
        .flatMap(({ container }) => container.volumeMounts.map(({ mountPath }) => mountPath))
        .filter(mountPath => mountPath.startsWith('/run/secrets/'))
    expect(Object.fromEntries(['ingress', 'worker', 'board', 'cli'].map(each => [each, mounts(each)]))).toEqual({
      ingress: ['/run/secrets/webhook-tokens'],
      worker: ['/run/secrets/credentials'],
      board: ['/run/secrets/credentials', '/run/secrets/board'],
      cli: ['/run/secrets/webhook-tokens', '/run/secrets/credentials'],
    })
    expect(valueFiles.flatMap(file => objects(file).filter(({ kind }) => kind === 'Secret'))).toEqual([])
  })

  test('the tenants file is mounted as a folder, so that a change arrives, and is whole', () => {
    for (const { name, container } of all()) {
      const mount = container.volumeMounts.find(each => each.name === 'tenants')
      expect(mount, name).toEqual({ name: 'tenants', mountPath: '/etc/ponte/tenants', readOnly: true })
      const config = container.env.find(each => each.name === 'PONTE_CONFIG')
      expect(config?.value).toBe('/etc/ponte/tenants/ponte.config.yaml')
    }
    const map = objects('external-secrets-values.yaml').find(({ kind }) => kind === 'ConfigMap')?.value
    expect(map).toMatchObject({ data: { 'ponte.config.yaml': expect.stringMatching(/^tenants:\n {2}acme:\n/) } })
    const { tenants }: { tenants: { file: string } } = parse(readText(`${CHART}/ci/external-secrets-values.yaml`))
    expect(parseTenants(tenants.file, {}, 'en', { uses: [] }).map(({ name }) => name)).toEqual(['acme'])
  })

  test('two shards are two sets of workers, each with a scaler of its own that never ends the last worker', () => {
    const file = 'shards-keda-values.yaml'
    const workers = workloadsOf(objects(file)).filter(({ component }) => component === 'worker')
    const shardOf = ({ container }: Workload) => container.env.find(({ name }) => name === 'WORKER_SHARD')?.value
    // KEDA says how many: a number here would set it back at each upgrade.
    expect(workers.map(each => [each.name, shardOf(each), each.replicas])).toEqual([
      ['ponte-worker-1', '1/2', undefined],
      ['ponte-worker-2', '2/2', undefined],
    ])
    expect(one(file, 'ponte-board').container.env).toContainEqual(
      expect.objectContaining({ name: 'WORKER_SHARDS', value: '2' }),
    )
    for (const shard of [1, 2])
      expect(specOf(file, 'ScaledObject', `ponte-worker-${shard}`)).toMatchObject({
        scaleTargetRef: { name: `ponte-worker-${shard}` },
        minReplicaCount: 2,
        maxReplicaCount: 6,
        triggers: [
          {
            type: 'metrics-api',
            metricType: 'Value',
            metadata: {
              url: `http://ponte-board-ops.crm.svc:9090/startable?shard=${shard}/2`,
              valueLocation: 'oldestStartableSeconds',
              targetValue: '30',
            },
          },
        ],
      })
    expect(specOf(file, 'Service', 'ponte-board-ops')).toMatchObject({ ports: [{ port: 9090, targetPort: 'ops' }] })
    expect(objects('default-values.yaml').some(({ kind }) => kind === 'ScaledObject')).toBe(false)
  })

  test('of each kind of pod one at a time may be taken away', () => {
    const budgets = objects('shards-keda-values.yaml').filter(({ kind }) => kind === 'PodDisruptionBudget')
    expect(budgets.map(({ metadata, value }) => [metadata.name, value['spec']])).toEqual(
      ['ingress', 'board', 'worker-1', 'worker-2'].map(name => [
        `ponte-${name}`,
        expect.objectContaining({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      ]),
    )
  })

  test('the ingress gets out to names and Redis alone; workers, board and command line to both systems, too', () => {
    const waysOut = (name: string, file = 'default-values.yaml'): unknown => {
      const spec = specOf(file, 'NetworkPolicy', `ponte-${name}`)
      expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] })
      return spec
    }
    const to = (...ports: number[]) => ({ ports: ports.map(port => ({ port, protocol: 'TCP' })) })
    const names = { ports: [{ port: 53, protocol: 'UDP' }, ...to(53).ports] }
    const [redis, systems] = [to(6379, 26379), to(443, 465, 587)]
    expect(waysOut('ingress')).toMatchObject({ egress: [names, redis] })
    expect(waysOut('worker')).toMatchObject({ egress: [names, redis, systems] })
    expect(waysOut('board')).toMatchObject({ egress: [names, redis, systems] })
    expect(waysOut('cli')).toMatchObject({ ingress: [], egress: [names, redis, systems, to(3000)] })
    const redisAlone = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'redis' } } }]
    expect(waysOut('ingress', 'sentinel-values.yaml')).toMatchObject({ egress: [names, { ...redis, to: redisAlone }] })
  })

  test('Sentinel takes the place of the address of Redis', () => {
    const { container } = one('sentinel-values.yaml', 'ponte-worker')
    const values = Object.fromEntries(container.env.map(({ name, value, from }) => [name, value ?? from?.key]))
    expect(values).toMatchObject({
      REDIS_SENTINELS: 'sentinel-0.redis:26379,sentinel-1.redis:26379,sentinel-2.redis:26379',
      REDIS_SENTINEL_NAME: 'ponte',
      REDIS_SENTINEL_PASSWORD: 'REDIS_SENTINEL_PASSWORD',
      REDIS_USERNAME: 'ponte',
      REDIS_PASSWORD: 'REDIS_PASSWORD',
      REDIS_TLS: 'true',
      NODE_EXTRA_CA_CERTS: '/etc/ponte/redis/ca.crt',
      REDIS_WAIT_REPLICAS: '1',
    })
    expect(values).not.toHaveProperty('REDIS_URL')
    for (const { name, pod, container: each } of workloadsOf(objects('sentinel-values.yaml'))) {
      expect(each.volumeMounts, name).toContainEqual({
        name: 'redis-ca',
        mountPath: '/etc/ponte/redis',
        readOnly: true,
      })
      const items = [{ key: 'ca.crt', path: 'ca.crt' }]
      const secret = expect.objectContaining({ secretName: 'ponte-redis-ca', items })
      expect(pod.volumes, name).toContainEqual({ name: 'redis-ca', secret })
    }
  })

  test('webhooks lead to the ingress, and everything else to the board', () => {
    const backend = (name: string) => ({ service: { name, port: { name: 'http' } } })
    expect(specOf('sentinel-values.yaml', 'Ingress', 'ponte')).toMatchObject({
      tls: [{ hosts: ['ponte.example.com'], secretName: 'ponte-certificate' }],
      rules: [
        {
          host: 'ponte.example.com',
          http: {
            paths: [
              { path: '/webhooks/', pathType: 'Prefix', backend: backend('ponte-ingress') },
              { path: '/', pathType: 'Prefix', backend: backend('ponte-board') },
            ],
          },
        },
      ],
    })
    const board = one('sentinel-values.yaml', 'ponte-board').container.env
    expect(board).toContainEqual(
      expect.objectContaining({ name: 'BOARD_PUBLIC_URL', value: 'https://ponte.example.com' }),
    )
  })
})
