import { events, failures, failureSection, isFailureCode, type Language } from '../packages/contracts/src/index.ts'
import { describeApi } from '../apps/board/src/api/api.ts'
import { problems } from '../apps/board/src/api/problems.ts'
import { CONFIGURATION_PAGE, placeTable, tableOf, tenantsJsonSchema, writeTables } from './configuration-page.ts'
import { codeTable, operatorsTable } from './symptom-tables.ts'
import { symptoms } from './symptoms.ts'
import { webhookAddresses } from '../packages/operations/src/connect/webhook-addresses.ts'

/** JSON of the description of the API. It is asked for once, because writing a file cannot wait. */
const apiDescription = `${JSON.stringify(await describeApi(), undefined, 2)}\n`

/** What `npm run fix` writes from the code: each file from what it holds now. The prose around the tables is written by hand. */
export const writtenFiles: Readonly<Record<string, (text: string) => string>> = {
  [CONFIGURATION_PAGE]: writeTables,
  'docs/ponte.config.schema.json': tenantsJsonSchema,
  'docs/openapi.json': () => apiDescription,
  'docs/api.md': page => placeTable(page, 'problems', problemTable()),
  'docs/behaviour/README.md': page => placeTable(page, 'events', eventTable()),
  'docs/failures.md': page => placeTable(page, 'failures', failureSections('en')),
  'docs/failures.pt-BR.md': page => placeTable(page, 'failures', failureSections('pt-BR')),
  'docs/installing.md': page => placeTable(page, 'workflows', workflowTable('en')),
  'docs/installing.pt-BR.md': page => placeTable(page, 'workflows', workflowTable('pt-BR')),
  'ARCHITECTURE.md': page => placeTable(page, 'symptoms', codeTable(symptoms)),
  'docs/operating/README.md': page => placeTable(page, 'symptoms', operatorsTable(symptoms, 'en')),
  'docs/operating/README.pt-BR.md': page => placeTable(page, 'symptoms', operatorsTable(symptoms, 'pt-BR')),
}

const systems = { 'rd-station': 'RD Station', 'totvs-crm': 'TOTVS CRM' } as const

function eventTable(): string {
  const rows = Object.entries(events).map(([name, { source, does, destination }]) => [
    ...[`\`${name}\``, systems[source], does.en, `\`${destination}\``],
  ])
  return tableOf(['event', 'from', 'what Ponte does', 'destination'], rows)
}

/** The screens of TOTVS CRM are in Portuguese for readers of both languages. */
function workflowTable(language: Language): string {
  const heads = {
    en: ['name', '*Selecionar gatilho*', 'address of the action'],
    'pt-BR': ['nome', '*Selecionar gatilho*', 'endereço da ação'],
  }
  const { workflows } = webhookAddresses('https://ponte.example.com', 'acme')
  const rows = workflows.map(({ name, trigger, address }) => [name, trigger, `\`${address}\``])
  return tableOf(heads[language], rows)
}

/** The page says once that a failure is not tried again where its section says nothing of it. */
const failureSections = (language: Language): string =>
  Object.keys(failures)
    .filter(isFailureCode)
    .map(
      code =>
        `## ${code}\n\n${failureSection(code, language).replace(/\n\n\*\*[^*]+\*\* (?:No|Não)\.(?: (?:Nothing|Nada)[^\n]*)?$/, '')}`,
    )
    .join('\n\n')

function problemTable(): string {
  const rows = Object.entries(problems).map(([code, row]) => [
    ...[`\`${code}\``, String(row.status), `${row.en} ${row.advice.en}`],
  ])
  return tableOf(['code', 'status', 'what happened, and what to do'], rows)
}
