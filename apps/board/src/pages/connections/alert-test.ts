import { setTimeout as sleep } from 'node:timers/promises'
import { createSelfTests, type SelfTests, type SelfTestSubject } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../ui/language.ts'
import { sendNotice } from '../../ui/page.ts'
import type { ConnectDeps } from './obstacles.ts'
import { linkBack, perUserLimit } from './routes.ts'
import { setUpTexts } from './set-up-texts.ts'
import { connectionsTexts } from './texts.ts'

/** A worker looks every second, and then calls. */
const WAIT_MS = 3000
const LOOK_MS = 100

/** `/connections/alert-test`: has a worker send a message over every channel of the alerts. */
export function addAlertTest(app: FastifyInstance, all: ConnectDeps): void {
  const tests = createSelfTests(all.redis)
  app.post('/connections/alert-test', { config: { rateLimit: perUserLimit } }, async (request, reply) => {
    const isAsked = await tests.ask('alerts')
    const outcome = isAsked ? 'done' : 'failed'
    await all.audit.write({ user: request.user?.name ?? '', action: 'test-alerts', outcome })
    if (!isAsked) {
      const language = languageOf(request)
      const { notChecked: title } = connectionsTexts[language]
      const { tooSoon: text } = setUpTexts[language]
      return sendNotice(reply.code(409), { language, title, text, link: linkBack(language) })
    }
    await untilEnded(tests, 'alerts', all)
    return reply.redirect('/connections', 303)
  })
}

/** Waits for a little while, so that the page shows the result when it comes back. It renews itself for one that takes longer. */
export async function untilEnded(
  tests: Pick<SelfTests, 'read'>,
  subject: SelfTestSubject,
  { outcomeWaitMs = WAIT_MS }: Pick<ConnectDeps, 'outcomeWaitMs'>,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < outcomeWaitMs; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS)
    if ((await tests.read(subject))?.endedAt !== undefined) return
  }
}
