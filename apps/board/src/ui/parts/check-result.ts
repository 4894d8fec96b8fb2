import { bilingual, failureSentence, type Language, systemNames, systems } from '@ponte/contracts'
import { type AskedCheck, type CheckOutcome, connectionWords, readCheck } from '@ponte/operations'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { type Html, html } from '../html.ts'

/** In an address: which system of which tenant a person has just had checked. */
const PARAMETER = 'check'
/** An address that somebody opens later says nothing. */
const SHOWN_FOR_MS = 600_000

const texts = bilingual({
  checking: { en: 'checking…', pt: 'verificando…' },
  back: {
    en: 'answers. What waited goes on by itself.',
    pt: 'responde. O que aguardava segue sozinho.',
  },
  failures: { en: 'See the failures', pt: 'Ver as falhas' },
  unanswered: {
    en: 'no worker has answered in a minute. Is one running?',
    pt: 'nenhum worker respondeu em um minuto. Há algum em execução?',
  },
})

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
  const outcome = await readCheck(redis, check, now)
  const [look, text] = toWords(outcome, language, now)
  return {
    isChecking: outcome.kind === 'checking',
    notice: html`<p class="notice ${look}" role="status">
      <strong>${check.tenant} · ${systemNames[check.system]}</strong> ${text}
      ${menuCounts?.failed ? html`<a href="/failures">${texts[language].failures}</a>` : undefined}
    </p>`,
  }
}

function toWords(outcome: CheckOutcome, language: Language, now: number): readonly [look: string, text: string] {
  const words = texts[language]
  switch (outcome.kind) {
    case 'checking':
      return ['', words.checking]
    case 'unanswered':
      return ['warning', words.unanswered]
    case 'back':
      return ['done', words.back]
    case 'failed':
      return ['warning', failureSentence(outcome.code, language)]
    case 'impaired': {
      const { state, times } = connectionWords(outcome.connection, language, now)
      return ['warning', `${state} · ${times}`]
    }
  }
}
