import { destinations, type System, systemNames, systems } from '@ponte/contracts'
import { blocks, createSelfTests, probeSystemNow, readOpenBreakers } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { languageOf } from '../../ui/language.ts'
import { readLocalPath } from '../../ui/addresses.ts'
import { sendNotice } from '../../ui/page.ts'
import { untilEnded } from './alert-test.ts'
import { withCheck } from './check-result.ts'
import type { ConnectDeps } from './obstacles.ts'
import { findTenant, perUserLimit, sendUnknownTenant } from './routes.ts'
import { connectionsTexts } from './texts.ts'

const parameters = z.object({ system: z.enum(systems) })
const form = z.object({ next: z.string().max(2000) })

/**
 * `/connections/:tenant/:system/check`: has a worker call the system now. Of a paused system it lets the next probe come at once. A
 * system that said how long to wait is not asked earlier: RD Station counts refused calls too, and every one of them may make the wait
 * longer.
 */
export function addCheckNow(app: FastifyInstance, all: ConnectDeps): void {
  const tests = createSelfTests(all.redis)
  app.post('/connections/:tenant/:system/check', { config: { rateLimit: perUserLimit } }, async (request, reply) => {
    const language = languageOf(request)
    const tenant = findTenant(all, request)
    const { data: named } = parameters.safeParse(request.params)
    if (tenant === undefined || named === undefined) return sendUnknownTenant(request, reply)
    const { system } = named
    const at = Date.now()
    const blocked = await readBlocked(all, tenant.name, system)
    const { kind, lastJob } = await probeSystemNow(all.redis, tenant.name, system)
    if (kind === 'now') for (const queue of blocked) await letGo(queue, lastJob)
    const test = { tenant: tenant.name, system }
    const isAsked = (kind === 'now' || kind === 'closed') && (await tests.ask(test))
    await all.audit.write({
      user: request.user?.name ?? '',
      action: 'check-now',
      tenant: tenant.name,
      detail: systemNames[system],
      outcome: kind === 'now' || isAsked ? 'done' : 'failed',
    })
    const href = readLocalPath(form.safeParse(request.body).data?.next ?? '/connections')
    if (kind !== 'throttled' && kind !== 'recent') {
      if (isAsked) await untilEnded(tests, test, all)
      return reply.redirect(withCheck(href, { ...test, at }), 303)
    }
    const { notChecked: title, notYet, back } = connectionsTexts[language]
    const text = notYet[kind](systemNames[system])
    return sendNotice(reply.code(409), { language, title, text, link: { href, text: back } })
  })
}

/** The queues whose events wait for the system. */
async function readBlocked({ redis, queues }: BoardDeps, tenant: string, system: System): Promise<readonly Queue[]> {
  const open = (await readOpenBreakers(redis, tenant)).filter(breaker => breaker.system === system)
  const own = queues.of(tenant)
  return destinations.filter(kind => open.some(breaker => blocks(breaker, kind))).map(kind => own[kind])
}

/**
 * Lets workers take jobs of the queue again at once. The job that probed last is delayed until the pause ends. It may be the only one, so
 * it is promoted.
 */
async function letGo(queue: Queue, lastJob: string | undefined): Promise<void> {
  await queue.removeRateLimitKey()
  const job = lastJob === undefined ? undefined : await queue.getJob(lastJob)
  if (job === undefined || !(await job.isDelayed())) return
  await job.promote().catch(async (error: unknown) => {
    // It is no error if its time was over in between, or somebody removed it.
    if (await job.isDelayed()) throw error
  })
}
