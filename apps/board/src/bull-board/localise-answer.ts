import { isRecord, type Language, renderMessage, storedMessages, textIn, type Texts } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { splitQueueName } from '@ponte/operations'
import { queueTitle } from '../ui/common-texts.ts'

export const descriptions: Record<QueueKind, Texts> = {
  'totvs-crm': {
    en: 'Leads from RD Station on their way to TOTVS CRM, and the texts of statusRD.',
    pt: 'Leads do RD Station a caminho do TOTVS CRM, e os textos de statusRD.',
  },
  'rd-station': {
    en: 'Opportunities, sales and losses from TOTVS CRM on their way to RD Station.',
    pt: 'Oportunidades, vendas e perdas do TOTVS CRM a caminho do RD Station.',
  },
  quarantine: {
    en: 'Authentic deliveries that Ponte could not read. Fix the cause and retry.',
    pt: 'Entregas autênticas que o Ponte não conseguiu ler. Corrija a causa e reenvie.',
  },
}

/** Bull Board shows links like text, so the arrow marks it as a link. */
const failureLink: Texts = { en: 'What to do ↗', pt: 'O que fazer ↗' }

/** Puts descriptions, links and what Ponte says of a job into the reader's language; a job that has not failed gets no link. */
export function localiseAnswer(body: unknown, language: Language): unknown {
  // The lines of a job's log.
  if (Array.isArray(body)) return body.map(line => inReadersLanguage(line, language))
  if (!isRecord(body)) return body
  const job = (value: unknown): unknown => {
    if (!isRecord(value)) return value
    const { externalUrl, ...rest } = localiseJob(value, language)
    const link = value['failedReason'] && isRecord(externalUrl) ? externalUrl : undefined
    return link === undefined ? rest : { ...rest, externalUrl: { ...link, displayText: textIn(failureLink, language) } }
  }
  const queue = (value: unknown): unknown => {
    if (!isRecord(value)) return value
    const named = splitQueueName(String(value['name']))
    const jobs = Array.isArray(value['jobs']) ? value['jobs'].map(job) : value['jobs']
    const ofQueue = named && {
      displayName: queueTitle(String(value['name']), language),
      description: textIn(descriptions[named.kind], language),
      // Completed jobs are not run again (recorded-actions.ts).
      allowCompletedRetries: false,
    }
    return { ...value, jobs, ...ofQueue }
  }
  return {
    ...body,
    ...(Array.isArray(body['queues']) && { queues: body['queues'].map(queue) }),
    ...('job' in body && { job: job(body['job']) }),
  }
}

function localiseJob(job: Record<string, unknown>, language: Language): Record<string, unknown> {
  const { failedReason, stacktrace, returnValue } = job
  return {
    ...job,
    // Bull Board would show a job that waits for its next attempt as failed, and offer a retry that is refused.
    isFailed: job['isFailed'] === true && typeof job['finishedOn'] === 'number',
    ...(failedReason !== undefined && { failedReason: inReadersLanguage(failedReason, language) }),
    ...(Array.isArray(stacktrace) && { stacktrace: stacktrace.map(stack => inReadersLanguage(stack, language)) }),
    ...(isRecord(returnValue) &&
      'summary' in returnValue && {
        returnValue: { ...returnValue, summary: summaryInLanguage(returnValue['summary'], language) },
      }),
  }
}

const summaryInLanguage = (summary: unknown, language: Language): unknown => {
  const stored = storedMessages.safeParse(summary).data
  return stored === undefined ? summary : renderMessage(stored, language)
}

/** A line of a job's log: its time, then what Ponte says. */
function logLineInLanguage(line: string, language: Language): string {
  const [, time = '', text = line] = /^(\S+Z )(.*)$/s.exec(line) ?? []
  return time + renderMessage(text, language)
}

const inReadersLanguage = (text: unknown, language: Language): unknown =>
  typeof text === 'string' ? logLineInLanguage(text, language) : text
