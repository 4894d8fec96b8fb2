import { isDeepStrictEqual } from 'node:util'
import type { SandboxClient } from '@ponte/testbed'

/** What both systems hold of one person. */
interface PersonState {
  readonly status: string
  readonly marks: readonly string[]
  readonly sales: readonly number[]
  readonly stage: string
}

export interface EndState {
  /** Rows for people, the first one the heading. */
  readonly rows: readonly (readonly string[])[]
  /** What is not as it must be, a sentence each. */
  readonly problems: readonly string[]
}

const people = {
  Maria: {
    email: 'maria@cliente.example',
    expected: { status: 'WON', marks: ['OPPORTUNITY', 'SALE'], sales: [15_000], stage: 'Client' },
  },
  João: {
    email: 'joao@cliente.example',
    expected: { status: 'LOST', marks: ['OPPORTUNITY', 'OPPORTUNITY_LOST'], sales: [], stage: 'Lead' },
  },
  Ana: {
    email: 'ana@cliente.example',
    expected: { status: 'WON', marks: ['OPPORTUNITY', 'SALE'], sales: [150_000], stage: 'Client' },
  },
} as const satisfies Readonly<Record<string, { readonly email: string; readonly expected: PersonState }>>

/** Reads the end state of both systems and compares it with what the scenario must have left. */
export async function readEndState(sandbox: SandboxClient): Promise<EndState> {
  const { leads, opportunities } = await sandbox.crm().state()
  const { droppedMarks } = await sandbox.rd().state()
  const found = await Promise.all(
    Object.entries(people).map(async ([name, { email, expected }]) => {
      const contact = await sandbox.rd().contact(`email:${email}`)
      const ids = leads.filter(lead => lead.emails.some(entry => entry.email === email)).map(({ id }) => id)
      const own = opportunities.filter(({ leadId }) => leadId !== null && ids.includes(leadId ?? ''))
      const state: PersonState = {
        status: own.map(({ status }) => status).join(),
        marks: contact.marks.map(({ type }) => type),
        sales: contact.sales,
        stage: contact.funnel.lifecycle_stage,
      }
      const text = own[0]?.customFields['statusRD']
      return { name, state, expected, statusRd: typeof text === 'string' ? text : '' }
    }),
  )

  const problems = found.flatMap(({ name, state, expected }) =>
    isDeepStrictEqual(state, expected)
      ? []
      : [`${name}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(state)}`],
  )
  if (droppedMarks.length > 0) problems.push(`RD Station dropped ${droppedMarks.length} marks`)
  if (leads.length !== found.length) problems.push(`TOTVS CRM has ${leads.length} leads, not ${found.length}`)

  const heading = ['', 'TOTVS CRM', 'statusRD', 'RD Station', 'marks', 'sales']
  const rows = found.map(({ name, state, statusRd }) => [
    name,
    state.status,
    statusRd.split(':', 1)[0] || '–',
    state.stage,
    state.marks.join(', '),
    state.sales.map(reais).join(', ') || '–',
  ])
  return { rows: [heading, ...rows], problems }
}

const reais = (value: number): string =>
  `R$ ${value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
