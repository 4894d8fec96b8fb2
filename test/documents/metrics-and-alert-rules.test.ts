import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {
  countReplicasMissing,
  createLiveTenants,
  createLogger,
  createReloadCounter,
  openProducerRedis,
  openQueues,
} from '@ponte/runtime'
import type { Registry } from 'prom-client'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { createBoardMetrics } from '../../apps/board/src/metrics/board-metrics.ts'
import { createIngressMetrics } from '../../apps/ingress/src/telemetry/ingress-metrics.ts'
import { createWorkerMetrics } from '../../apps/worker/src/telemetry/metrics.ts'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** A metric, as code or documents tell it. */
interface MetricFacts {
  readonly name: string
  readonly type: string
  readonly process: string
  readonly labels: readonly string[]
}

const redis = openProducerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

function registries(): Record<string, Registry> {
  const board = createBoardMetrics({
    shards: 1,
    tenants: createLiveTenants([]),
    queues: openQueues([], redis, createLogger({ level: 'silent', process: 'test' })),
    redis,
  })
  countReplicasMissing(board)
  const all = { ingress: createIngressMetrics().registry, worker: createWorkerMetrics().registry, board }
  for (const registry of Object.values(all)) createReloadCounter(registry)
  return all
}

/** prom-client tells label names only of the object itself. */
const labelsOf = (registry: Registry, name: string): readonly string[] => {
  const metric: unknown = registry.getSingleMetric(name)
  const names = typeof metric === 'object' && metric !== null && 'labelNames' in metric ? metric.labelNames : []
  return Array.isArray(names) ? names.map(String).filter(label => label !== 'le') : []
}

async function inCode(): Promise<MetricFacts[]> {
  const found = Object.entries(registries()).map(async ([processName, registry]) =>
    (await registry.getMetricsAsJSON()).map(({ name, type }) => ({
      name,
      type: String(type),
      process: processName,
      labels: labelsOf(registry, name),
    })),
  )
  return (await Promise.all(found)).flat()
}

const inDocuments = (): MetricFacts[] =>
  [...read('docs/metrics.md').matchAll(/^\| `(ponte_\w+)` \| (\w+) \| (\w+(?:, \w+)*) \|([^|]*)\|/gm)].flatMap(
    ([, name = '', type = '', processes = '', labels = '']) =>
      processes.split(', ').map(processName => ({
        name,
        type,
        process: processName,
        labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
      })),
  )

const byName = (metrics: readonly MetricFacts[]): MetricFacts[] =>
  metrics.toSorted((one, other) => one.name.localeCompare(other.name) || one.process.localeCompare(other.process))

describe('metrics', () => {
  test('docs/metrics.md lists every metric of every process, with its type and labels, and no other', async () => {
    const own = (await inCode()).filter(({ name }) => name.startsWith('ponte_'))
    expect(byName(inDocuments())).toEqual(byName(own))
  })

  test('what is not listed is of Node.js, and named as the page says', async () => {
    const others = (await inCode()).filter(({ name }) => !name.startsWith('ponte_'))
    expect(others.length).toBeGreaterThan(0)
    expect(others.filter(({ name }) => !/^(process|nodejs)_/.test(name))).toEqual([])
  })

  test('no label could hold something of a person or of a sender', () => {
    const allowed = new Set(
      'tenant source event outcome code status system quota channel kind notice queue state reason rule member what shard step'.split(
        ' ',
      ),
    )
    expect(inDocuments().flatMap(({ labels }) => labels.filter(label => !allowed.has(label)))).toEqual([])
  })
})

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

const rules = (): Rule[] =>
  parse(read('ops/prometheus/ponte.rules.yml')).groups.flatMap((group: { rules: Rule[] }) => group.rules)

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const panels = (): Panel[] => JSON.parse(read('ops/grafana/ponte.json')).panels
const expressions = (): string[] => panels().flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

/** The metrics of an expression, and the labels that it selects by. */
function questionsOf(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b(ponte_\w+)(?:\{([^}]*)\})?/g)].map(([, metric = '', matchers = '']) => ({
    name: metric.replace(/_(bucket|sum|count)$/, ''),
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }))
}

describe.each([
  ['alert rules', () => rules().map(({ expr }) => expr)],
  [
    'dashboard',
    () => [...expressions(), ...read('ops/grafana/ponte.json').matchAll(/label_values\(([^)]*)\)/g)].map(String),
  ],
])('%s', (_title, exprs) => {
  test('ask for metrics and labels that exist', () => {
    const known = new Map(inDocuments().map(({ name, labels }) => [name, new Set([...labels, 'process'])]))
    const asked = exprs().flatMap(questionsOf)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter(({ name }) => !known.has(name))).toEqual([])
    expect(asked.flatMap(({ name, labels }) => labels.filter(label => !known.get(name)?.has(label)))).toEqual([])
  })

  test('group by labels that their metrics have', () => {
    const known = new Map(inDocuments().map(({ name, labels }) => [name, labels]))
    for (const expr of exprs()) {
      const labels = questionsOf(expr).flatMap(({ name }) => known.get(name) ?? [])
      const grouped = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, names = '']) =>
        names.split(/\s*,\s*/),
      )
      const unknown = grouped.filter(label => label !== 'le' && !labels.includes(label))
      expect([expr, unknown]).toEqual([expr, []])
    }
  })
})

describe('alert rules', () => {
  test('each has a severity and links to a section of docs/operating', () => {
    for (const { alert, labels, annotations } of rules()) {
      expect(['critical', 'warning', 'info'], alert).toContain(labels.severity)
      expect(annotations.runbook, alert).toMatch(/^docs\/operating\/[\w-]+\.md#[\w-]+$/)
    }
  })
})

describe('dashboard', () => {
  test('every panel asks something of the Prometheus that was chosen, and none lies on another', () => {
    const all = panels()
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const { type, title, targets = [], datasource } of all.filter(panel => panel.type !== 'row')) {
      expect([title, type, targets.length > 0, datasource?.uid]).toEqual([title, type, true, '${datasource}'])
    }
    const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_unused, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...all.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
  })

  test('shows every metric of Ponte', () => {
    const shown = new Set(
      expressions()
        .flatMap(questionsOf)
        .map(({ name }) => name),
    )
    expect(
      inDocuments()
        .filter(({ name }) => !shown.has(name))
        .map(({ name }) => name),
    ).toEqual([])
  })
})

// Prometheus's own check, where it is installed (Debian: package `prometheus`); CI has no excuse.
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
if (!hasPromtool && process.env['CI'] === 'true') throw new Error('no promtool found: install the package prometheus')

describe.skipIf(!hasPromtool)('promtool', () => {
  const run = (...args: readonly string[]): string =>
    execFileSync('promtool', [...args], { cwd: path.join(root, 'ops/prometheus'), encoding: 'utf8' })

  test('takes the alert rules, and they do what their test says', () => {
    expect(run('check', 'rules', 'ponte.rules.yml')).toContain('SUCCESS')
    expect(run('test', 'rules', 'ponte.rules.test.yml')).toContain('SUCCESS')
  })

  test('takes every expression of the dashboard', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ponte-rules-'))
    const recorded = expressions().map((expr, index) => ({
      record: `dashboard:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$tenant', '.*'),
    }))
    writeFileSync(
      path.join(folder, 'dashboard.yml'),
      JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }),
    )
    try {
      expect(run('check', 'rules', path.join(folder, 'dashboard.yml'))).toContain(`${recorded.length} rules found`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
