import type { Language } from '@ponte/contracts'
import { createCircuitBreaker, timelineId } from '@ponte/state'
import { beforeAll, expect, test } from 'vitest'
import { basic } from '../testing/open-board.ts'
import { leads, rejected, textOf } from '../testing/operate.ts'
import { menu } from '../pages/board-pages.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, visit, fail, send } = useBoard({ isShared: true, stuckAfterMs: 1 })
/** Words for which every page uses another one. */
const replaced: Record<Language, readonly RegExp[]> = {
  'pt-BR': [
    /\b(?:job|jobs|tarefas?|trabalhos?|tenants?)\b/i,
    /\b(?:causas? \/|Parados|Códigos)\b/,
    /tent(?:ar|e) (?:de novo|novamente)|tentou|mandou tentar/i,
    /\bdescans|\bmarcas?(?!\p{L})|\bacúmulo\b|\bresumir\b|\bpromover\b|\bConferir\b/iu,
    /De quem|Falhou de vez|\bFeito\b|Nada a fazer|Nas palavras|História do evento|O Ponte não lembra/,
    /Não deu certo|Abrir no painel|conta uma vez|fila (?:rd-station|totvs-crm)\b/,
  ],
  en: [
    /\b(?:jobs?|rests|resting|rested|mend|mended|deeds?|beyond)\b/i,
    /for good|had it retried|Of whom|In the words of|remembers no|revoked the connection|waits for/i,
    /Story of|stories|nothing waits too long|did not expect|Open on the board|\bCauses\b/i,
  ],
}

/** The words of a page without code, documents, ids of jobs, and the lead's field “Job title”. */
const wordsOf = (markup: string): string =>
  textOf(markup.replaceAll(/<(code|pre|details)\b[^>]*>.*?<\/\1>/gs, ' ').replaceAll(/\bjob-\w+|Job title/g, ' '))

const found = (text: string, language: Language): readonly string[] =>
  replaced[language].flatMap(pattern => pattern.exec(text)?.[0] ?? [])

let retry: string

beforeAll(async () => {
  const policy = { failureThreshold: 1, probeMs: 110_000, maxProbeMs: 300_000 }
  const failure = { jobId: 'j', correlationKey: 'o', kind: 'read', code: 'CRM_UNREACHABLE', outage: true } as const
  await fail(board()['totvs-crm'], leads(2, rejected))
  await createCircuitBreaker(board().redis, board().name, policy).fail('totvs-crm', failure)
  await board()['totvs-crm'].add('lead.registered', {}, { jobId: 'waits' })
  await board()['rd-station'].pause()
  await visit(`/jobs/${board().name}/totvs-crm/job-0/edit`)
  const answer = await send('/failures/try', { part: `${board().name}/totvs-crm/CRM_REJECTED` })
  retry = String(answer.headers.location).split('/').at(-1) ?? ''
})

const pages = (): readonly string[] => [
  ...menu.flatMap(({ path }) => (path === '/' ? [] : [path])),
  ...['/login', '/nowhere'],
  `/failures/${board().name}/totvs-crm/CRM_REJECTED`,
  ...['/retries', `/retries/${retry}`, '/retries/unknown'],
  `/events/${board().name}/${timelineId('key-0')}?kind=totvs-crm&job=job-0`,
  `/events/${board().name}/${timelineId('never')}`,
  `/jobs/${board().name}/totvs-crm/job-0/edit`,
  `/jobs/${board().name}/totvs-crm/job-0/original`,
]

test.each(['pt-BR', 'en'] as const)('no page in %s has a word for which another one is used', async language => {
  for (const url of pages()) {
    const { headers, body } = await board().app.inject({
      url,
      headers: { authorization: basic, accept: 'text/html', 'accept-language': language },
    })
    if (headers.location !== undefined) continue
    // The trail of the whole installation also holds what other tests of this Redis did, in their own words.
    const own = url === '/audit' ? body.replace(/<tbody>.*<\/tbody>/s, '') : body
    expect([url, found(wordsOf(own), language)]).toEqual([url, []])
  }
})
