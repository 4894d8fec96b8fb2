import {
  type FieldValue,
  type Language,
  type Message,
  message,
  renderMessage,
  textIn,
  type Texts,
} from '@ponte/contracts'
import type {
  DeliveryPreview,
  LeadPreview,
  LeadStanding,
  OpportunityPreview,
  OwnerPreview,
  PlaceEntry,
  PreviewRow,
  RulePreview,
} from './lead-preview.ts'

const words = {
  lead: { en: 'Lead', pt: 'Lead' },
  filter: { en: 'Filter', pt: 'Filtro' },
  route: { en: 'Route', pt: 'Rota' },
  pipeline: { en: 'Pipeline', pt: 'Pipeline' },
  stage: { en: 'Stage', pt: 'Etapa' },
  type: { en: 'Type', pt: 'Tipo' },
  owner: { en: 'Responsible user', pt: 'Usuário responsável' },
  ownerOfOpportunity: { en: 'Responsible user of the opportunity', pt: 'Usuário responsável da oportunidade' },
  opportunity: { en: 'Opportunity', pt: 'Oportunidade' },
  notes: { en: 'Notes', pt: 'Observações' },
  byRoute: { en: 'by the route', pt: 'pela rota' },
  byVariable: { en: 'by the variable', pt: 'pela variável' },
  wanted: { en: 'wanted', pt: 'procurado' },
  rule: { en: 'rule', pt: 'regra' },
  unnamedRule: { en: 'rule under fields', pt: 'regra de fields' },
  withoutValue: { en: 'Without a value in the delivery', pt: 'Sem valor na entrega' },
} as const satisfies Record<string, Texts>

/** The words above, and messages, in one language. */
const inLanguage = (language: Language) => ({
  word: (name: keyof typeof words): string => textIn(words[name], language),
  inWords: (one: Message): string => renderMessage(one, language),
})
type InLanguage = ReturnType<typeof inLanguage>

/** A preview in the reader's language, for a page or a terminal to lay out. Holds personal data. */
export interface PreviewInWords {
  readonly title: string
  /** Why the delivery would go into quarantine. */
  readonly issues: readonly string[]
  /** Why parts of the preview are not certain. */
  readonly warnings: readonly string[]
  readonly facts: readonly PreviewFact[]
  readonly rows: readonly RowInWords[]
  /** Fields that Ponte itself carries and the delivery does not have. */
  readonly withoutValue: PreviewFact | undefined
  readonly notes: PreviewFact | undefined
}

export interface PreviewFact {
  readonly label: string
  readonly texts: readonly string[]
  readonly why?: string
  /** The conditions of a rule, and the lead's values. */
  readonly conditions?: readonly string[]
}

export interface RowInWords extends Pick<PreviewRow, 'target' | 'outcome' | 'current'> {
  readonly rule: string | undefined
  /** The place in the delivery. */
  readonly place: string
  readonly given: string | undefined
  readonly value: string | undefined
  readonly result: string
}

const nothing = { issues: [], warnings: [], facts: [], rows: [], withoutValue: undefined, notes: undefined }

/** The outcome is the title. For a skipped lead, the filter is the only fact. */
export function previewInWords(preview: DeliveryPreview, language: Language): PreviewInWords {
  const reader = inLanguage(language)
  const { word, inWords } = reader
  if (preview.kind === 'ignored')
    return { ...nothing, title: inWords(message('preview-outcome-ignored', { what: preview.what })) }
  if (preview.kind === 'quarantined') {
    const title = `${inWords(message('preview-outcome-quarantined'))}: ${inWords({ key: preview.code })}`
    return { ...nothing, title, issues: preview.issues.map(inWords) }
  }
  const { outcome, reasons, notes, rows } = preview
  const isPlain = (row: PreviewRow): boolean => row.rule === undefined && row.outcome === 'no-value'
  const plain = rows.filter(isPlain).flatMap(({ places }) => places)
  return {
    ...nothing,
    title: [inWords(message(`preview-outcome-${outcome}`)), ...listed(reasons.map(inWords), '; ')].join(': '),
    ...(outcome === 'skipped' ? { facts: filterFacts(preview, reader) } : sentInWords(preview, reader)),
    rows: rows.filter(row => !isPlain(row)).map(row => rowInWords(row, reader)),
    withoutValue: plain.length === 0 ? undefined : { label: word('withoutValue'), texts: plain },
    notes: notes.length === 0 ? undefined : { label: word('notes'), texts: notes.map(inWords) },
  }
}

/** The parts for a lead that is not skipped. */
function sentInWords(preview: LeadPreview, reader: InLanguage): Pick<PreviewInWords, 'warnings' | 'facts'> {
  const { word, inWords } = reader
  const { crmFailure, lacking, lead, route, routes, place, owner, opportunity } = preview
  const ofPlace = (name: keyof typeof place): PreviewFact => ({
    label: word(name),
    texts: [placeInWords(place[name], reader)],
  })
  const ofOwner = (label: string, { users, reasons }: OwnerPreview): PreviewFact => ({
    label,
    texts: users.map(({ id, name, email }) => [name, email ?? id].filter(Boolean).join(' · ')),
    why: reasons.map(inWords).join('; '),
  })
  const id = opportunity.id === undefined ? '' : ` (${opportunity.id})`
  return {
    warnings: [
      ...(crmFailure === undefined ? [] : [message('preview-crm-unanswered', { reason: crmFailure })]),
      ...(lacking.length === 0 ? [] : [message('preview-lacking', { places: lacking })]),
    ].map(inWords),
    facts: [
      { label: word('lead'), texts: [inWords(leadMessage(lead))] },
      ...filterFacts(preview, reader),
      {
        label: word('route'),
        texts: [inWords(routeMessage(route?.name, routes))],
        conditions: conditionsInWords(route, reader),
      },
      ...(['pipeline', 'stage', 'type'] as const).map(ofPlace),
      ofOwner(word('owner'), owner),
      { label: word('opportunity'), texts: [inWords(opportunityMessage(opportunity)) + id] },
      ...(opportunity.owner === undefined ? [] : [ofOwner(word('ownerOfOpportunity'), opportunity.owner)]),
    ],
  }
}

function filterFacts({ filter }: LeadPreview, reader: InLanguage): readonly PreviewFact[] {
  if (filter === undefined) return []
  const conditions = conditionsInWords(filter, reader)
  return [{ label: reader.word('filter'), texts: [filter.name], conditions }]
}

const conditionsInWords = (rule: RulePreview | undefined, { word }: InLanguage): readonly string[] =>
  (rule?.conditions ?? []).map(
    ({ key, patterns, values }) => `${key}: ${values.join(', ') || '–'} (${word('wanted')}: ${patterns.join(', ')})`,
  )

function placeInWords({ wanted, from, id, description }: PlaceEntry, { word }: InLanguage): string {
  const found = id === undefined || description === wanted ? '' : ` → ${description ?? id}`
  return `${wanted}${found} (${word(from === 'route' ? 'byRoute' : 'byVariable')})`
}

function leadMessage(lead: LeadStanding): Message {
  if (lead.standing === 'known') return message('preview-lead-known', { lead: lead.id })
  if (lead.standing === 'kept') return message('preview-lead-kept', { lead: lead.id })
  return message(lead.standing === 'new' ? 'preview-lead-new' : 'preview-lead-unknown')
}

function routeMessage(route: string | undefined, routes: number): Message {
  if (route !== undefined) return message('routed-by-rule', { rule: route })
  return routes === 0 ? message('preview-no-routes') : message('preview-no-route', { count: routes })
}

/** The preview as a timeline tells it: the outcome, the lead, its route and its opportunity. */
export function previewedInShort({
  outcome,
  reasons,
  lead,
  route,
  routes,
  opportunity,
}: LeadPreview): readonly Message[] {
  const why = [message(`preview-outcome-${outcome}`), ...reasons]
  if (outcome !== 'sent') return why
  return [...why, leadMessage(lead), routeMessage(route?.name, routes), opportunityMessage(opportunity)]
}

const opportunityMessage = ({ standing, reason }: OpportunityPreview): Message =>
  standing === 'held-up'
    ? message('preview-opportunity-held-up', { reason: reason ?? '' })
    : message(`preview-opportunity-${standing}`)

function rowInWords(row: PreviewRow, { word, inWords }: InLanguage): RowInWords {
  const { places, place, values, rule, target, value, current, outcome, note } = row
  const named = rule === target ? word('unnamedRule') : rule && `${word('rule')} "${rule}"`
  // The note about a value that is left out explains the outcome by itself.
  const messages = note !== undefined && outcome === 'left-out' ? [note] : [message(`preview-row-${outcome}`), note]
  return {
    target,
    outcome,
    current,
    rule: named,
    place: place ?? places.join(', '),
    given: listed(values, ', ')[0],
    value: value === undefined ? undefined : textOf(value),
    result: messages.flatMap(one => (one === undefined ? [] : inWords(one))).join(': '),
  }
}

const textOf = (value: FieldValue): string => (typeof value === 'object' ? value.join(', ') : String(value))

/** All texts joined into one, if there are any. */
const listed = (texts: readonly string[], separator: string): readonly string[] =>
  texts.length === 0 ? [] : [texts.join(separator)]
