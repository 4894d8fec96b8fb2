import { quarantinedDelivery, readJobSubject } from '@ponte/contracts'
import type { Job } from 'bullmq'
import type { Language, Texts } from './language.ts'
import { maskedIdentities, maskJobData } from './masking.ts'

const opportunity: Texts = { 'pt-BR': 'oportunidade', en: 'opportunity' }
/** Of a body that names many people, the first. */
const MOST_NAMED = 3

/** Names an opportunity by its id. */
export const opportunityText = (id: string | undefined, language: Language): string | undefined =>
  id === undefined ? undefined : `${opportunity[language]} ${id}`

/** Whom or what a job is about, for a list: enough to tell two apart, masked. */
export function maskedSubject(job: Job, language: Language): string {
  const masked = maskJobData(job.data)
  const { lead, opportunityId } = readJobSubject(masked)
  const delivery = quarantinedDelivery.safeParse(job.data).data
  const all = [
    ...[lead?.email, lead?.mobilePhone, lead?.phone, opportunityText(opportunityId, language)],
    ...(delivery === undefined ? [] : [delivery.source, ...maskedIdentities(masked).slice(0, MOST_NAMED)]),
  ]
  return [...new Set(all.filter(text => text !== undefined && text !== ''))].join(' · ') || '–'
}
