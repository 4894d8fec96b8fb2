import type { Language } from '@ponte/contracts'
import type { Job } from 'bullmq'
import type { QueueRef } from '../../queues/queue-ref.ts'
import { type Html, html } from '../../ui/html.ts'
import { hasPreview } from './reader.ts'
import { previewTexts } from './texts.ts'

/** A link to the preview of the event that a job belongs to, if it has one. */
export const previewLink = ({ tenant, kind }: QueueRef, job: Job, language: Language): Html | undefined =>
  hasPreview({ kind, name: job.name, data: job.data })
    ? html`<a href="/preview/${tenant.name}/${kind}/${encodeURIComponent(job.id ?? '')}"
        >${previewTexts[language].title}</a
      >`
    : undefined
