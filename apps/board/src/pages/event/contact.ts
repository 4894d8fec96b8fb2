import { quarantinedDelivery, readJobSummary } from '@ponte/contracts'
import type { Job } from 'bullmq'
import { maskedContact, peopleIn } from '@ponte/operations'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { timelineAddress } from '../../ui/addresses.ts'
import type { LiveJob } from './event-status.ts'
import { eventTexts } from './texts.ts'
import type { EventView } from './timeline.ts'

/** The e-mail and the telephones of a job's person, in full. Empty when it holds none. */
export function contactOf(job: Job): string {
  const { lead } = readJobSummary(job.data)
  const delivery = quarantinedDelivery.safeParse(job.data).data
  const people = delivery === undefined ? [lead?.email, lead?.mobilePhone, lead?.phone] : peopleIn(delivery)
  return [...new Set(people.filter(text => text !== undefined && text !== ''))].join(' · ')
}

/** The masked contact, and for an operator the button that shows it in full. */
export function renderContact({ queueRef, job }: LiveJob, { id, tenant, contact, language, user }: EventView): Html {
  if (contact !== undefined) return html`${contact}`
  const masked = maskedContact(job, language, user)
  if (user?.role !== 'operator' || contactOf(job) === '') return html`${masked}`
  return html`${masked}
    <form class="inline" method="post" action="${timelineAddress(tenant, id)}/contact">
      ${hiddenFields({ kind: queueRef.kind, job: job.id ?? '' })}
      <button class="link" type="submit">${eventTexts[language].showContact}</button>
    </form>`
}
