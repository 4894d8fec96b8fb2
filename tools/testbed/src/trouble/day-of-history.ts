import { Redis } from 'ioredis'
import type { TroubleNames } from './trouble-tenants.ts'

const HOUR_MS = 3_600_000
/** With the hour that has not ended, a day. */
const HOURS = 23
const KEEP_S = 32 * 24 * 3600

/** Leads in an hour, by the hour of the day at which they come. */
const leadsByHour = [12, 6, 3, 3, 3, 6, 18, 42, 84, 123, 138, 132, 93, 99, 135, 144, 129, 108, 81, 66, 57, 45, 33, 21]
/** Of 100 leads, at each of the companies. */
const shares = { opportunities: 82, sales: 13, losses: 9 }
const SALE_CENTS = 312_500
const sources = ['Google Ads', 'Busca orgânica', 'Facebook Ads']
const identifiers = ['orcamento', 'webinar-crm', 'demonstracao']
const reasons = ['Preço', 'Concorrência', 'Sem retorno']
/** Of the histogram of times: about a second. */
const TIME_BUCKETS = [22, 24, 25, 27]

export interface History {
  readonly redisUrl: string
  readonly names: TroubleNames
  readonly now: number
}

/** The zone of an installation's days, unless it sets another one. */
const timeZone = 'America/Sao_Paulo'

/**
 * Figures of the hours before this one, as if both companies had worked without trouble. Nothing else of those hours is there: time
 * cannot be played.
 */
export async function plantHistory({ redisUrl, names, now }: History): Promise<void> {
  const redis = new Redis(redisUrl)
  try {
    for (const [index, tenant] of [names.acme, names.nova].entries()) {
      for (let hoursAgo = HOURS; hoursAgo > 0; hoursAgo -= 1) {
        const at = Math.floor(now / HOUR_MS) * HOUR_MS - hoursAgo * HOUR_MS
        const leads = Math.round((leadsByHour[hourIn(at)] ?? 0) / (index + 1))
        const keys = [`hour:${new Date(at).toISOString().slice(0, 13)}`, `day:${dayIn(at)}`]
        for (const key of keys.map(each => `{${tenant}}:ponte:figures:${each}`)) {
          const adding = redis.multi()
          for (const [name, count] of figuresOf(leads)) adding.hincrby(key, name, count)
          await adding.expire(key, KEEP_S).exec()
        }
      }
    }
  } finally {
    redis.disconnect()
  }
}

/** The names under which Ponte counts, and how often: docs/behaviour/figures.md. */
function figuresOf(leads: number): readonly (readonly [name: string, count: number])[] {
  const [opportunities, sales, losses] = [shares.opportunities, shares.sales, shares.losses].map(share =>
    Math.round((leads * share) / 100),
  )
  const [made = 0, won = 0, lost = 0] = [opportunities, sales, losses]
  const done = leads + made + won + lost
  const ended = (event: string, count: number) => [
    [`received:${event}`, count] as const,
    [`ended:${event}:done:`, count] as const,
  ]
  const shared = (kind: string, texts: readonly string[], count: number) =>
    texts.map((text, index) => [`${kind}:${text}`, Math.floor((count + index) / texts.length)] as const)
  return [
    ...ended('lead.registered', leads),
    ...ended('opportunity.created', made),
    ...ended('opportunity.won', won),
    ...ended('opportunity.lost', lost),
    ['first-try:', done] as const,
    ...TIME_BUCKETS.map(
      (bucket, index) => [`time:${bucket}`, Math.floor((done + index) / TIME_BUCKETS.length)] as const,
    ),
    ['lead:created', leads] as const,
    ['opportunity:', made] as const,
    ['mark:opportunity', made] as const,
    ['mark:sale', won] as const,
    ['sale-cents:', won * SALE_CENTS] as const,
    ['mark:loss', lost] as const,
    ...shared('source', sources, leads),
    ...shared('identifier', identifiers, leads),
    ...shared('reason', reasons, lost),
    ['call:contacts', done] as const,
    ['call:events', made + won + lost] as const,
    ['call:crm', 3 * done] as const,
  ].filter(([, count]) => count > 0)
}

const hourIn = (at: number): number =>
  Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(at))

/** The locale whose dates are written as in ISO 8601. */
const dayIn = (at: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
