import { isRecord, type Language, renderMessage, storedMessages, textIn, type Texts } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { maskEmailsDeep, maskForeignWords, maskResult, splitQueueName, type User } from '@ponte/operations'
import { queueTitle } from '../ui/common-texts.ts'

const descriptions: Record<QueueKind, Texts> = {
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

/**
 * What this user sees of an answer of Bull Board's, in their language. For everybody but operators queues are read-only, so that there are
 * no buttons (the guard refuses the actions anyway), and of every text about a job only Ponte's own words are shown. The data of a job are
 * masked for everybody (masked-adapter.ts).
 */
export function shownAnswer(body: unknown, language: Language, user: Pick<User, 'role'> | undefined): unknown {
  const isOperator = user?.role === 'operator'
  const shown = (value: unknown): unknown => (isOperator ? value : maskResult(value, maskForeignWords))
  const text = (value: unknown): unknown => shown(typeof value === 'string' ? lineInLanguage(value, language) : value)
  const job = (value: unknown): unknown => {
    if (!isRecord(value)) return value
    const { failedReason, stacktrace, externalUrl, progress, deferredFailure } = value
    return {
      ...value,
      // Bull Board would show a job that waits for its next attempt as failed, and offer a retry that is refused.
      isFailed: value['isFailed'] === true && typeof value['finishedOn'] === 'number',
      failedReason: text(failedReason),
      stacktrace: Array.isArray(stacktrace) ? stacktrace.map(text) : shown(stacktrace),
      returnValue: shown(resultInLanguage(value['returnValue'], language)),
      progress: shown(progress),
      deferredFailure: shown(deferredFailure),
      externalUrl:
        failedReason && isRecord(externalUrl)
          ? { ...externalUrl, displayText: textIn(failureLink, language) }
          : undefined,
    }
  }
  const queue = (value: unknown): unknown => {
    if (!isRecord(value)) return value
    const named = splitQueueName(String(value['name']))
    return {
      ...value,
      jobs: Array.isArray(value['jobs']) ? value['jobs'].map(job) : value['jobs'],
      ...(named && {
        displayName: queueTitle(String(value['name']), language),
        description: textIn(descriptions[named.kind], language),
      }),
      // Completed jobs are not run again (recorded-actions.ts).
      allowCompletedRetries: false,
      ...(!isOperator && { readOnlyMode: true, allowRetries: false }),
    }
  }
  const masked = maskEmailsDeep(body)
  // The lines of a job's log.
  if (Array.isArray(masked)) return masked.map(text)
  if (!isRecord(masked)) return masked
  return {
    ...masked,
    ...(Array.isArray(masked['queues']) && { queues: masked['queues'].map(queue) }),
    ...('job' in masked && { job: job(masked['job']) }),
  }
}

function resultInLanguage(result: unknown, language: Language): unknown {
  if (!isRecord(result)) return result
  const summary = storedMessages.safeParse(result['summary']).data
  return summary === undefined ? result : { ...result, summary: renderMessage(summary, language) }
}

/** A line of a job's log: its time, then what Ponte says. */
function lineInLanguage(line: string, language: Language): string {
  const [, time = '', text = line] = /^(\S+Z )(.*)$/s.exec(line) ?? []
  return time + renderMessage(text, language)
}
