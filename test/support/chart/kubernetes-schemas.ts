import { isRecord } from '@ponte/contracts'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Service, ServiceAccount } from 'kubernetes-models/v1'

interface Model {
  readonly apiVersion: string
  readonly kind: string
  readonly prototype: { validate(): void }
}

const models: readonly Model[] = [
  ConfigMap,
  Deployment,
  Ingress,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  ScaledObject,
  Service,
  ServiceAccount,
  StatefulSet,
]

/** What is wrong with an object for Kubernetes or KEDA: by their schemas, and fields that these do not know. */
export function problemsOfObject(object: unknown): readonly string[] {
  if (!isRecord(object)) return ['it is no object']
  const model = models.find(({ apiVersion, kind }) => apiVersion === object['apiVersion'] && kind === object['kind'])
  if (model === undefined) return [`no schema for ${String(object['apiVersion'])} ${String(object['kind'])}`]
  const seen = new Set<string>()
  try {
    Reflect.apply(model.prototype.validate, watched(object, '', seen), [])
  } catch (error) {
    return [String(error)]
  }
  return unseen(object, '', seen)
}

/**
 * The schemas allow fields that they do not know, as Kubernetes' own do, and they are compiled to code that reads every field that it
 * knows. So a field that was not read is one that they do not know. Where any name is allowed, as in labels, they go through all names.
 */
function watched(value: object, at: string, seen: Set<string>): object {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key)
      const place = `${at}/${String(key)}`
      seen.add(place)
      return typeof found === 'object' && found !== null ? watched(found, place, seen) : found
    },
    ownKeys(target) {
      for (const key of Object.keys(target)) seen.add(`${at}/${key}`)
      return Reflect.ownKeys(target)
    },
  })
}

const unseen = (value: object, at: string, seen: ReadonlySet<string>): readonly string[] =>
  Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const place = `${at}/${key}`
    if (!seen.has(place)) return [`unknown field ${place}`]
    return typeof inner === 'object' && inner !== null ? unseen(inner, place, seen) : []
  })
