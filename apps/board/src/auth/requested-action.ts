import type { AuditEntry } from '@ponte/state'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { splitQueueName } from '@ponte/operations'
import { isOfApi, withoutMount } from '../ui/addresses.ts'

/** The audit trail's names of actions, for routes whose last word is not the name: Bull Board's (9.10.1, routes.js) and our own. */
const names: Readonly<Record<string, string>> = {
  '/api/queues/pause': 'pause-all',
  '/api/queues/resume': 'resume-all',
  '/api/queues/:queueName/retry/:queueStatus': 'retry-all',
  '/api/queues/:queueName/clean/:queueStatus': 'clean',
  '/api/queues/:queueName/:jobId/clean': 'remove',
  '/connections/:tenant/rd-station': 'connect',
  'GET /connections/callback': 'connect',
  '/connections/:tenant/:system/check': 'check-now',
  '/connections/alert-test': 'test-alerts',
  '/rest/:tenant/send': 'rest-send',
  '/rest/:tenant/drop': 'rest-drop',
  '/failures/retry': 'retry-all',
  '/failures/try': 'try-one',
  '/api/v1/failures/:code/retry': 'retry-all',
  '/api/v1/tenants/:tenant/events/:key/retry': 'try-one',
  'GET /jobs/:tenant/:kind/:job/edit': 'open',
  'GET /jobs/:tenant/:kind/:job/original': 'open',
  'POST /events/:tenant/:timeline/contact': 'open-contact',
  'GET /preview/:tenant/:kind/:job': 'preview',
  '/jobs/:tenant/:kind/:job/preview': 'edit',
  '/jobs/:tenant/:kind/:job/apply': 'edit',
}

const text = z.string().optional()
const parameters = z.object({ queueName: text, jobId: text, tenant: text, kind: text, job: text })

/** In characters. The trail keeps what was asked for, even when there is no such queue or job. */
const MOST = 200

/** The action that a request asks for, by the name that the audit trail stores. */
export function requestedAction(request: FastifyRequest): Pick<AuditEntry, 'action' | 'tenant' | 'queue' | 'jobId'> {
  const { queueName, jobId, tenant, kind, job = jobId } = parameters.catch({}).parse(request.params)
  const named = queueName === undefined ? undefined : splitQueueName(queueName)
  const requested =
    named === undefined ? { tenant, queue: kind ?? queueName } : { tenant: named.tenant, queue: named.kind }
  return {
    action: actionOf(request),
    ...(requested.tenant !== undefined && { tenant: requested.tenant.slice(0, MOST) }),
    ...(requested.queue !== undefined && { queue: requested.queue.slice(0, MOST) }),
    ...(job !== undefined && { jobId: job.slice(0, MOST) }),
  }
}

function actionOf({ method, routeOptions }: FastifyRequest): string {
  const url = withoutMount(routeOptions.url ?? 'unknown')
  const verb = method === 'HEAD' ? 'GET' : method
  if (verb === 'GET' && isOfApi(url)) return 'read-api'
  return names[`${verb} ${url}`] ?? names[url] ?? url.split('/').at(-1) ?? url
}
