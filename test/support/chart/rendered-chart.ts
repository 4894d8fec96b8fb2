import { readdirSync } from 'node:fs'
import path from 'node:path'
import { isRecord } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { helm } from './helm.ts'

export const CHART = 'charts/ponte'

/** Every file of values that the chart is tried with. */
export const valueFiles: readonly string[] = readdirSync(path.join(repositoryRoot, CHART, 'ci'))

export const valuesOf = (file: string): readonly string[] => ['--values', `${CHART}/ci/${file}`]

/** The objects that Helm makes of the chart. Rejects with Helm's words when it refuses. */
export async function render(...args: readonly string[]): Promise<readonly Rendered[]> {
  const { code, output, stdout } = await helm('template', 'ponte', CHART, '--namespace', 'crm', ...args)
  if (code !== 0) throw new Error(output)
  return readObjects(stdout)
}

export function readObjects(text: string): readonly Rendered[] {
  const values = parseAllDocuments(text).flatMap((document): unknown[] => {
    if ('errors' in document && document.errors.length > 0) throw new Error(String(document.errors[0]))
    return [document.toJSON()]
  })
  return values.filter(isRecord).map(value => ({ value, ...object.parse(value) }))
}

const environment = z
  .array(z.looseObject({ name: z.string(), value: z.string().optional() }))
  .default([])
  .transform(all => all.map(each => ({ ...each, from: referenced.safeParse(each).data?.valueFrom.secretKeyRef })))
const referenced = z.object({ valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }) })
const quantities = z.object({ cpu: z.coerce.string(), memory: z.coerce.string() })
const container = z.looseObject({
  name: z.string(),
  command: z.array(z.string()),
  args: z.array(z.string()).default([]),
  env: environment,
  envFrom: z.array(z.object({ secretRef: z.object({ name: z.string() }) })).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  resources: z.object({ requests: quantities, limits: quantities }),
  securityContext: z.record(z.string(), z.unknown()),
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
})
const pod = z.object({
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: z.record(z.string(), z.unknown()),
  automountServiceAccountToken: z.boolean().optional(),
  enableServiceLinks: z.boolean().optional(),
  containers: z.array(container),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
})
const object = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
})
const workload = z.object({
  spec: z.object({ replicas: z.number().optional(), template: z.object({ spec: pod }) }),
})

export interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  /** The whole of it. */
  readonly value: Readonly<Record<string, unknown>>
}

/** A Deployment or Job with its only container. */
export interface Workload {
  readonly name: string
  /** `ingress`, `worker`, `board` or `cli`. */
  readonly component: string
  readonly replicas: number | undefined
  readonly pod: z.output<typeof pod>
  readonly container: z.output<typeof container>
}

export const workloadsOf = (objects: readonly Rendered[]): readonly Workload[] =>
  objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map(({ metadata: { name, labels }, value }) => {
      const { spec } = workload.parse(value)
      const [only, ...others] = spec.template.spec.containers
      if (only === undefined || others.length > 0) throw new Error(`${name} has not one container`)
      const component = labels['app.kubernetes.io/component'] ?? ''
      return { name, component, replicas: spec.replicas, pod: spec.template.spec, container: only }
    })
