import { queueKinds, type QueueKind, type Queues, type Tenant } from '@ponte/runtime'
import { readRests, type Rest, type RestReason } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { formatDuration } from './duration.ts'
import { type Html, html } from './html.ts'
import { type Language, preferredLanguage } from './language.ts'
import { sendPage } from './page.ts'
import { countStalled, LONG_MS, type QueueSnapshot, readQueueSnapshot } from './queue-snapshot.ts'

const systems = { 'totvs-crm': 'TOTVS CRM', 'rd-station': 'RD Station' } as const

const texts = {
  'pt-BR': {
    title: 'Parados',
    intro: 'O que espera, há quanto tempo e por quê. Recarregue a página para atualizar.',
    unreadable: 'O Redis não respondeu; nada se sabe desta fila.',
    queue: 'Fila',
    state: 'Situação',
    waiting: 'Em espera',
    delayed: 'Adiados',
    active: 'Em execução',
    failed: 'Com falha',
    workers: 'Workers',
    unknown: 'não se sabe',
    since: (count: number, age: string | undefined) => (age === undefined ? `${count}` : `${count} (há ${age})`),
    fine: 'em dia',
    paused: 'em pausa: retome a fila no painel',
    noWorkers: 'nenhum worker conectado: inicie um',
    slow: 'parado: há workers e nenhum pega os eventos; veja o /readyz e o log deles',
    stalled: 'o worker de uma execução sumiu; outro a retoma em até 10 s, se houver um',
    tooLong: (count: number) => `${count} além de 1 min`,
    long: 'uma execução demora demais: o worker pode ter travado',
    rested: 'espera o sistema descansar',
    reasons: {
      down: 'está fora do ar',
      throttled: 'pediu para aguardar',
      revoked: 'revogou a conexão',
    },
    rest: (system: string, reason: string, since: string) => `${system} ${reason} há ${since}.`,
    until: (left: string) => `As filas que dependem dele descansam por mais ${left}; nenhuma tentativa se perde.`,
    probing: 'O descanso acabou: um evento está sendo testado agora.',
  },
  en: {
    title: 'Stuck',
    intro: 'What waits, for how long and why. Reload the page to update it.',
    unreadable: 'Redis did not answer; nothing is known of this queue.',
    queue: 'Queue',
    state: 'State',
    waiting: 'Waiting',
    delayed: 'Delayed',
    active: 'Active',
    failed: 'Failed',
    workers: 'Workers',
    unknown: 'not known',
    since: (count: number, age: string | undefined) => (age === undefined ? `${count}` : `${count} (for ${age})`),
    fine: 'up to date',
    paused: 'paused: resume the queue on the board',
    noWorkers: 'no worker connected: start one',
    slow: 'stuck: there are workers and none takes the events; see their /readyz and log',
    stalled: 'the worker of a run is gone; another takes over within 10 s, if there is one',
    tooLong: (count: number) => `${count} beyond 1 min`,
    long: 'one run takes too long: its worker may hang',
    rested: 'waits while the system rests',
    reasons: {
      down: 'is down',
      throttled: 'asked to wait',
      revoked: 'revoked the connection',
    },
    rest: (system: string, reason: string, since: string) => `${system} ${reason}, since ${since} ago.`,
    until: (left: string) => `The queues that need it rest for another ${left}; no attempt is lost.`,
    probing: 'The rest is over: one event is being tried now.',
  },
} satisfies Record<Language, { reasons: Record<RestReason, string> } & Record<string, unknown>>

export interface StuckPageOptions {
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: Redis
}

/** `/stuck`: what waits too long, what rests and until when, what nobody works on. SPEC §6. */
export function addStuckPage(app: FastifyInstance, { tenants, queues, redis }: StuckPageOptions): void {
  app.get('/stuck', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const { title, intro } = texts[language]
    const now = Date.now()
    const sections = await Promise.all(
      tenants.map(async ({ name }) => {
        const rests = await readRests(redis, name).catch(() => [])
        const rows = await Promise.all(
          queueKinds.map(async kind => {
            const state = await readQueueState({ queues, redis }, name, kind, now).catch(() => undefined)
            return renderRow({ tenant: name, kind, state, rests, language })
          }),
        )
        return renderTenant({ name, rests, rows, language, now })
      }),
    )
    return sendPage(reply, {
      language,
      title,
      body: html`<h1>${title}</h1>
        <p class="soft">${intro}</p>
        ${sections}`,
    })
  })
}

interface QueueState {
  readonly snapshot: QueueSnapshot
  /** Undefined when Redis does not tell (a managed service may forbid CLIENT LIST). */
  readonly workers: number | undefined
  readonly stalled: number
}

async function readQueueState(
  { queues, redis }: Pick<StuckPageOptions, 'queues' | 'redis'>,
  tenant: string,
  kind: QueueKind,
  now: number,
): Promise<QueueState | undefined> {
  const queue = queues.of(tenant)?.[kind]
  if (queue === undefined) return undefined
  const [snapshot, stalled, workers] = await Promise.all([
    readQueueSnapshot(queue, now),
    countStalled(redis, queue),
    queue.getWorkers().catch(() => undefined),
  ])
  // BullMQ stands in one entry without an address where CLIENT LIST is forbidden.
  const known = workers?.every(worker => worker['addr'] !== undefined) === true
  return { snapshot, stalled, workers: known ? workers.length : undefined }
}

function renderTenant(of: {
  name: string
  rests: readonly Rest[]
  rows: readonly Html[]
  language: Language
  now: number
}): Html {
  const { queue, state, waiting, delayed, active, failed, workers } = texts[of.language]
  const heads = [queue, state, waiting, delayed, active, failed, workers]
  return html`<section>
    <h2>${of.name}</h2>
    ${of.rests.map(rest => renderRest(rest, of.language, of.now))}
    <table>
      <thead>
        <tr>
          ${heads.map(head => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${of.rows}
      </tbody>
    </table>
  </section>`
}

function renderRest({ system, reason, code, since, until }: Rest, language: Language, now: number): Html {
  const { rest, reasons, until: remaining, probing } = texts[language]
  const left = until - now
  return html`<p class="notice rest">
    ${rest(systems[system], reasons[reason], formatDuration(now - since, language))}
    ${left > 0 ? remaining(formatDuration(left, language)) : probing}
    <a href="/failures/${code}"><code>${code}</code></a>
  </p>`
}

function renderRow(of: {
  tenant: string
  kind: QueueKind
  state: QueueState | undefined
  rests: readonly Rest[]
  language: Language
}): Html {
  const words = texts[of.language]
  const name = `${of.tenant}.${of.kind}`
  const link = html`<a href="/queue/${encodeURIComponent(name)}">${of.kind}</a>`
  if (of.state === undefined) {
    return html`<tr>
      <td data-label="${words.queue}">${link}</td>
      <td data-label="${words.state}" class="bad">${words.unreadable}</td>
      <td></td>
      <td></td>
      <td></td>
      <td></td>
      <td></td>
    </tr>`
  }
  const { snapshot, workers } = of.state
  const age = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms, of.language))
  const { verdict, tone } = judge(of.kind, of.state, of.rests)
  const cell = (label: string, value: string | number): Html =>
    html`<td class="number" data-label="${label}">${value}</td>`
  const count = (state: string): number => snapshot.counts[state] ?? 0
  const failures = count('failed')
  const failedCell = html`<td class="number" data-label="${words.failed}">
    ${failures === 0 ? 0 : html`<a href="/causes">${failures}</a>`}
  </td>`
  return html`<tr>
    <td data-label="${words.queue}">${link}</td>
    <td data-label="${words.state}" class="${tone}">${words[verdict]}</td>
    ${cell(
      words.waiting,
      words.since(count('waiting') + count('prioritized'), age(snapshot.oldestWaitingMs)) +
        (snapshot.waitingTooLong > 0 ? ` ${words.tooLong(snapshot.waitingTooLong)}` : ''),
    )}
    ${cell(words.delayed, words.since(count('delayed'), age(snapshot.oldestDelayedMs)))}
    ${cell(words.active, words.since(count('active'), age(snapshot.longestActiveMs)))} ${failedCell}
    ${cell(words.workers, workers ?? words.unknown)}
  </tr>`
}

type Verdict = 'fine' | 'stalled' | 'paused' | 'noWorkers' | 'slow' | 'long' | 'rested'

/** The first thing that an operator should know about the queue. */
export function judge(
  kind: QueueKind,
  { snapshot, workers, stalled }: QueueState,
  rests: readonly Rest[],
): { verdict: Verdict; tone: 'good' | 'warn' | 'bad' } {
  const waits = snapshot.oldestWaitingMs !== undefined
  if (snapshot.paused) return { verdict: 'paused', tone: 'warn' }
  if (workers === 0) return { verdict: 'noWorkers', tone: 'bad' }
  if (stalled > 0) return { verdict: 'stalled', tone: 'bad' }
  if ((snapshot.longestActiveMs ?? 0) > LONG_MS) return { verdict: 'long', tone: 'bad' }
  // A mark reads TOTVS CRM and writes to RD Station: it rests with either.
  const systemRests = rests.some(({ system }) => system === kind || kind === 'rd-station')
  if (systemRests && (waits || snapshot.oldestDelayedMs !== undefined)) return { verdict: 'rested', tone: 'warn' }
  if ((snapshot.oldestWaitingMs ?? 0) > LONG_MS) return { verdict: 'slow', tone: 'bad' }
  return { verdict: 'fine', tone: 'good' }
}
