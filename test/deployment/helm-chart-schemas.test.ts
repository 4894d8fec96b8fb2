import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isRecord } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { describe, expect, test } from 'vitest'
import { canRunHelm, helm } from '../support/chart/helm.ts'
import { problemsOfObject } from '../support/chart/kubernetes-schemas.ts'
import { CHART, readObjects, render, valueFiles, valuesOf } from '../support/chart/rendered-chart.ts'

// Helm, from an npm package, is that of Linux on x64. No cluster is here: nothing of this is applied.
describe.runIf(canRunHelm)('the chart, rendered and checked, but applied to no cluster', () => {
  test.each(valueFiles)('Helm finds nothing wrong with the chart and %s', async file => {
    const { code, output } = await helm('lint', '--strict', CHART, ...valuesOf(file))
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining('1 chart(s) linted, 0 chart(s) failed'),
    })
  })

  test.each(valueFiles)('of %s Kubernetes and KEDA know every object and every field', async file => {
    const objects = await render(...valuesOf(file))
    expect(objects.length).toBeGreaterThan(10)
    expect(
      objects.flatMap(({ metadata, value }) => problemsOfObject(value).map(each => `${metadata.name}: ${each}`)),
    ).toEqual([])
  })

  test('a scaler that asks Prometheus is one that KEDA knows, too', async () => {
    const objects = await render(...valuesOf('shards-keda-values.yaml'), '--set', 'keda.trigger=prometheus')
    const scaled = objects.filter(({ kind }) => kind === 'ScaledObject')
    expect(scaled).toHaveLength(2)
    expect(scaled.flatMap(({ value }) => problemsOfObject(value))).toEqual([])
    expect(JSON.stringify(scaled[1]?.value)).toContain(
      String.raw`max(ponte_oldest_startable_seconds{namespace=\"crm\",shard=\"2/2\"})`,
    )
  })

  test('what goes beside the chart for a first lead is known to Kubernetes', () => {
    const objects = readObjects(readFileSync(path.join(repositoryRoot, CHART, 'examples/kind.yaml'), 'utf8'))
    expect(objects.map(({ kind }) => kind)).toContain('StatefulSet')
    expect(objects.flatMap(({ value }) => problemsOfObject(value))).toEqual([])
  })

  test.each([
    ['keda.minReplicas=0', 'minimum: got 0, want 1'],
    ['worker.replicas=0', 'minimum: got 0, want 1'],
    ['worker.shard=2', "additional properties 'shard' not allowed"],
    ['redis.sentinel.nodes={a:26379}', "at '/redis/sentinel/name'"],
    [
      'redis.sentinel.nodes={a:26379},redis.sentinel.name=ponte,redis.cluster.nodes={b:6379}',
      "at '/redis': 'not' failed",
    ],
    ['ingress.resources.limits.memory=much', "'much' does not match"],
    ['image.digest=latest', "'latest' does not match"],
    ['settings.log_level=info', "invalid propertyName 'log_level'"],
    ['tenants.existingConfigMap=', "at '/tenants'"],
  ])('%s is refused with a reason', async (values, reason) => {
    const { code, output } = await helm('template', 'ponte', CHART, '--set', values)
    expect(code).not.toBe(0)
    expect(output).toContain(reason)
  })

  test('each wrong or unknown field is found, wherever it stands', async () => {
    const objects = await render(...valuesOf('shards-keda-values.yaml'))
    const text = (kind: string): string => {
      const found = objects.find(each => each.kind === kind)?.value
      if (found === undefined) throw new Error(`there is no ${kind}`)
      return JSON.stringify(found)
    }
    const broken = (kind: string, part: string, by: string): readonly string[] => {
      const whole = text(kind)
      expect(whole).toContain(part)
      return problemsOfObject(JSON.parse(whole.replace(part, by)))
    }
    const spec = '/spec/template/spec'
    expect([
      broken('Deployment', '"strategy":', '"strategies":'),
      broken('Deployment', '"readOnlyRootFilesystem":', '"readOnlyRootFileSystem":'),
      broken('Deployment', '"path":"/healthz"', '"pth":"/healthz"'),
      broken('Deployment', '"secretKeyRef":{"name":', '"secretKeyRef":{"secret":'),
      broken('ScaledObject', '"minReplicaCount":', '"minReplicas":'),
      broken('ScaledObject', '"metricType":', '"metric":'),
      broken('NetworkPolicy', '"namespaceSelector":', '"nameSpaceSelector":'),
      broken('PodDisruptionBudget', '"maxUnavailable":', '"maxUnvailable":'),
    ]).toEqual([
      ['unknown field /spec/strategies'],
      [`unknown field ${spec}/containers/0/securityContext/readOnlyRootFileSystem`],
      [`unknown field ${spec}/containers/0/startupProbe/httpGet/pth`],
      [expect.stringContaining(`unknown field ${spec}/containers/0/env/`)],
      ['unknown field /spec/minReplicas'],
      ['unknown field /spec/triggers/0/metric'],
      [expect.stringContaining('unknown field /spec/ingress/')],
      ['unknown field /spec/maxUnvailable'],
    ])
    expect(broken('Deployment', '"containerPort":', '"containerport":')[0]).toContain('containerPort')
    expect(
      broken('Deployment', '"name":"ops","containerPort":9090', '"name":"ops","containerPort":"9090"')[0],
    ).toContain('must be integer')
    expect(broken('Service', '"v1"', '"v9"')).toEqual(['no schema for v9 Service'])
  })

  test('labels, annotations and data may have any name', async () => {
    const objects = await render(...valuesOf('default-values.yaml'), '--set', 'podLabels.own=yes')
    const [first] = objects.filter(({ kind }) => kind === 'Deployment')
    expect(JSON.stringify(first?.value)).toContain('"own":"yes"')
    expect(problemsOfObject(first?.value)).toEqual([])
    expect(isRecord(first?.value)).toBe(true)
  })
})
