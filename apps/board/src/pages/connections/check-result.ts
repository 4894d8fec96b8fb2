import { bilingual, failureSentence, type Language, type System, systemNames, systems } from '@ponte/contracts'
import { connectionsOf, connectionWords } from '@ponte/operations'
import { createSelfTests, readOpenBreakers, type SelfTest } from '@ponte/state'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { type Html, html } from '../../ui/html.ts'

/** In an address: which system of which tenant a person has just had checked. */
const PARAMETER = 'check'
/** A worker that answers does so within this time. */
const ANSWERS_WITHIN_MS = 60_000
/** An address that somebody opens later says nothing. */
const SHOWN_FOR_MS = 600_000

const texts = bilingual({
  checking: { en: 'checking…', pt: 'verificando…' },
  back: {
    en: 'is back. What waited goes on by itself.',
    pt: 'voltou. O que aguardava segue sozinho.',
  },
  failures: { en: 'See the failures', pt: 'Ver as falhas' },
  unanswered: {
    en: 'no worker has answered in a minute. Is one running?',
    pt: 'nenhum worker respondeu em um minuto. Há algum em execução?',
  },
})

/** A check that a person has asked for. */
export interface AskedCheck {
  readonly tenant: string
  readonly system: System
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The page to go back to, which then says what came of the check. */
export function withCheck(address: string, { tenant, system, at }: AskedCheck): string {
  const url = URL.parse(address, 'http://board.invalid')
  url?.searchParams.set(PARAMETER, `${tenant}.${system}.${at}`)
  return url === null ? address : url.pathname + url.search
}

const asked = z.object({ [PARAMETER]: z.string().regex(/^[a-z\d-]+\.[a-z-]+\.\d{1,15}$/) })

function readAsked(query: unknown, tenants: BoardDeps['tenants']): AskedCheck | undefined {
  const [tenant = '', named = '', at = ''] = asked.safeParse(query).data?.[PARAMETER]?.split('.') ?? []
  const system = systems.find(each => each === named)
  return system === undefined || !tenants.some(({ name }) => name === tenant)
    ? undefined
    : { tenant, system, at: Number(at) }
}

export interface CheckResult {
  readonly notice: Html
  /** Nothing is known yet: the page looks again soon. */
  readonly isChecking: boolean
}

interface Reader {
  readonly language: Language
  readonly now: number
}

/** What became of the check that an address names. Undefined when it names none. */
export async function readCheckResult(
  { redis, tenants }: Pick<BoardDeps, 'redis' | 'tenants'>,
  { query, menuCounts }: Pick<FastifyRequest, 'query' | 'menuCounts'>,
  { language, now }: Reader,
): Promise<CheckResult | undefined> {
  const check = readAsked(query, tenants)
  if (check === undefined || now - check.at > SHOWN_FOR_MS) return undefined
  const { tenant, system } = check
  const [test, breakers] = await Promise.all([
    createSelfTests(redis).read({ tenant, system }),
    readOpenBreakers(redis, tenant),
  ])
  const connection = connectionsOf(tenant, breakers, now).find(each => each.system === system)
  const own = test !== undefined && test.askedAt >= check.at ? test : undefined
  const isBroken = connection !== undefined && connection.state !== 'ok'
  const isProbing = isBroken && (connection.until ?? 0) <= now
  const words = texts[language]
  const toResult = (look: string, text: string, isChecking = false): CheckResult => ({
    isChecking,
    notice: html`<p class="notice ${look}" role="status">
      <strong>${tenant} · ${systemNames[system]}</strong> ${text}
      ${menuCounts?.failed ? html`<a href="/failures">${words.failures}</a>` : undefined}
    </p>`,
  })
  if (isUnanswered(own, isProbing))
    return now - check.at > ANSWERS_WITHIN_MS
      ? toResult('warning', words.unanswered)
      : toResult('', words.checking, true)
  if (isBroken) {
    const { state, times } = connectionWords(connection, language, now)
    return toResult('warning', `${state} · ${times}`)
  }
  return own?.code === undefined
    ? toResult('done', words.back)
    : toResult('warning', failureSentence(own.code, language))
}

/** Neither the test has ended, nor the probe of a job that the check let through. */
const isUnanswered = (test: SelfTest | undefined, isProbing: boolean): boolean =>
  test === undefined ? isProbing : test.endedAt === undefined || (isProbing && test.notCalled === true)
