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
import { fixtureBytes, fixtureNames } from '@ponte/webhooks/fixtures'
import {
  exitCodes,
  NotReachableError,
  UsageError,
  type Command,
  outcomeOf,
  type Session,
  requireConsent,
} from '../session.ts'
import { isWebAddress, postDelivery } from '@ponte/operations'
import { chooseTenant } from '../installation.ts'
import { readFile } from 'node:fs/promises'

const exampleFolders = ['rd-webhooks', 'totvs-crm'] as const
type ExampleFolder = (typeof exampleFolders)[number]
const sourceOf = {
  'rd-webhooks': 'rd-station',
  'totvs-crm': 'totvs-crm',
} as const satisfies Record<ExampleFolder, System>

/** Of TOTVS CRM's fixtures only webhooks can be sent; the others are records and calls. */
const examplesIn = (folder: ExampleFolder): readonly string[] =>
  fixtureNames(folder).filter(name => folder === 'rd-webhooks' || name.includes('webhook'))

const examples = (): readonly { readonly folder: ExampleFolder; readonly name: string }[] =>
  exampleFolders.flatMap(folder => examplesIn(folder).map(name => ({ folder, name })))

/** The body in a file or of an example. Undefined when the name is neither. */
export async function readDelivery(
  file: string,
): Promise<{ readonly bytes: Buffer<ArrayBuffer>; readonly source?: System } | undefined> {
  const folder = exampleFolders.find(candidate => examplesIn(candidate).includes(file))
  if (folder !== undefined) return { bytes: Buffer.from(fixtureBytes(folder, file)), source: sourceOf[folder] }
  try {
    return { bytes: Buffer.from(await readFile(file)) }
  } catch {
    return undefined
  }
}

export interface SendOptions {
  /** A file, or the name of an example. */
  readonly file?: string | undefined
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
  // 503: the ingress runs, but Redis did not confirm the events.
  return outcomeOf(answer.status === 503 ? exitCodes.notReachable : ok, { url, ...answer }, [
    `POST ${url} → ${answer.status}`,
    ...JSON.stringify(answer.body, undefined, 2).split('\n'),
    ...(duplicates === 0 ? [] : [texts.send.duplicates(duplicates, isLead)]),
  ])
}

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
  const lines = all.map(({ folder, name }) => `${folder}  ${name}`)
  return outcomeOf(true, { examples: all }, lines)
}

/** How many parts of the delivery the answer lists under this member. */
function listed(body: unknown, member: 'duplicates' | 'quarantined'): number {
  if (typeof body !== 'object' || body === null) return 0
  const [, list] = Object.entries(body).find(([name]) => name === member) ?? []
  return Array.isArray(list) ? list.length : 0
}
