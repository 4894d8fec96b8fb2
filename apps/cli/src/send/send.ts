import { randomUUID } from 'node:crypto'
import {
  type CrmEventName,
  crmEventOfShortName,
  type CrmIntent,
  events,
  type EventShortName,
  type System,
  systemTable,
  withoutEnd,
} from '@ponte/contracts'
import { cliSettings, isSandbox, readEnvironment, readTenantsFile } from '@ponte/runtime'
import { isRowId } from '@ponte/webhooks'
import { fixtureBytes } from '@ponte/webhooks/fixtures'
import { type ExitCode, exitCodes, NotReachableError, UsageError } from '../exit-codes.ts'
import { isWebAddress, postDelivery } from '@ponte/operations'
import { examples, readDelivery } from '../calls/read-delivery.ts'
import type { Command, Session } from '../session.ts'
import { chooseTenant } from '../settings/read-settings.ts'
import { requireConsent } from '../terminal/questions.ts'

export interface SendOptions {
  /** A file, or the name of an example. */
  readonly file?: string
  readonly tenant?: string
  readonly url?: string
  readonly event?: EventShortName
  /** The opportunity's id in TOTVS CRM. */
  readonly opportunity?: string
  readonly list?: boolean
  readonly yes?: boolean
}

/** From RD Station's documentation: no personal data. */
const EXAMPLE_LEAD = 'rd-v2-01-official-converted.json'

/** Posts an example delivery to the ingress as the other system would, and shows the answer. Asks first where both systems are real. */
export const send: Command<SendOptions> = async (options, session) => {
  if (options.list === true) return listExamples()
  const { texts } = session
  const schema = cliSettings.pick({ PONTE_CONFIG: true, INGRESS_HOST: true, INGRESS_PORT: true })
  const env = readEnvironment(schema, session.env, session.language)
  const tenants = await readTenantsFile(env.PONTE_CONFIG, session.env, session.language, {
    uses: ['webhookTokens'],
  })
  const { name, settings } = chooseTenant(tenants, options.tenant, session)
  const base = withoutEnd(options.url ?? `http://${env.INGRESS_HOST}:${env.INGRESS_PORT}`, '/')
  if (!isWebAddress(base)) throw new UsageError(texts.errors.urlUnusable(base))

  const delivery = await prepare(options, session)
  const token = settings.webhookTokens[systemTable[delivery.source].section][0]
  const isLead = delivery.source === events['lead.registered'].source
  const url = `${base}/webhooks/${name}/${[delivery.source, delivery.intent ?? []].flat().join('/')}`
  if (!isSandbox(settings)) {
    const { rdStation, totvsCrm } = settings
    const systems = { crm: totvsCrm.baseUrl, rd: rdStation.baseUrl }
    const { yes } = options
    await requireConsent(texts.send.consent({ ...systems, tenant: name, isLead }), {
      yes,
      session,
    })
  }
  const answer = await postDelivery({ ...delivery, url, token: token ?? '' })
  if (answer === undefined) throw new NotReachableError(texts.send.notReachable(base))

  const ok = answer.status === 202 && listed(answer.body, 'quarantined') === 0
  const duplicates = listed(answer.body, 'duplicates')
  return {
    exitCode: exitCodeOf(answer.status, ok),
    data: { ok, url, ...answer },
    lines: [
      `POST ${url} → ${answer.status}`,
      ...JSON.stringify(answer.body, undefined, 2).split('\n'),
      ...(duplicates === 0 ? [] : [texts.send.duplicates(duplicates, isLead)]),
    ],
  }
}

/** 503: the ingress runs, but Redis did not confirm the events. */
const exitCodeOf = (status: number, ok: boolean): ExitCode =>
  status === 503 ? exitCodes.notReachable : ok ? exitCodes.ok : exitCodes.problems

interface Prepared {
  readonly source: System
  /** The last part of the URL. */
  readonly intent?: CrmIntent
  readonly body: string | Buffer<ArrayBuffer>
  readonly form?: boolean
}

async function prepare({ file, event, opportunity }: SendOptions, { texts }: Session): Promise<Prepared> {
  if (file !== undefined) {
    const read = await readDelivery(file)
    if (read === undefined) throw new UsageError(texts.send.fileUnreadable(file))
    const { bytes, source = 'rd-station' } = read
    const prepared = { body: bytes, form: file.endsWith('.txt') }
    if (event === undefined) return { source, ...prepared }
    return { ...addressOf(crmEventOfShortName(event)), ...prepared }
  }
  const name = event === undefined ? undefined : crmEventOfShortName(event)
  if (name === undefined) {
    return { ...addressOf(name), body: Buffer.from(fixtureBytes('rd-webhooks', EXAMPLE_LEAD)) }
  }
  if (opportunity === undefined) throw new UsageError(texts.send.opportunityNeeded(events[name].shortName))
  if (!isRowId(opportunity)) throw new UsageError(texts.send.opportunityUnusable)
  return { ...addressOf(name), body: JSON.stringify(crmEvent(name, opportunity)) }
}

/** An address without an intent is one where the body says what happened. Every event but the lead has one. */
const addressOf = (name: CrmEventName | undefined): Pick<Prepared, 'source' | 'intent'> =>
  name === undefined ? { source: 'rd-station' } : { source: events[name].source, intent: events[name].intent }

/** What a workflow of TOTVS CRM sends (docs/vendors/totvs-crm.md#workflow-webhooks). The id is new, so it is not a duplicate. */
const crmEvent = (name: CrmEventName, opportunity: string): object => ({
  eventId: randomUUID(),
  timestamp: new Date().toISOString(),
  workflow: { id: randomUUID(), description: 'ponte send' },
  trigger: { id: randomUUID(), description: events[name].trigger.description },
  source: {
    object: { id: randomUUID(), description: 'Opportunity', contextUrl: '/api/v11/opportunity/opportunities' },
    row: { id: opportunity },
  },
})

function listExamples() {
  const all = examples()
  return {
    exitCode: exitCodes.ok,
    data: { ok: true, examples: all },
    lines: all.map(({ folder, name }) => `${folder}  ${name}`),
  }
}

/** How many parts of the delivery the answer lists under this member. */
function listed(body: unknown, member: 'duplicates' | 'quarantined'): number {
  if (typeof body !== 'object' || body === null) return 0
  const [, list] = Object.entries(body).find(([name]) => name === member) ?? []
  return Array.isArray(list) ? list.length : 0
}
