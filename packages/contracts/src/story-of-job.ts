import { identitiesOfDelivery } from './identities-of-delivery.ts'
import { identitiesOfJob } from './identities-of-job.ts'
import { readJobSubject } from './job-subject.ts'
import { quarantinedDelivery } from './jobs.ts'

/** What is asked of a job; times in milliseconds since 1970. */
export interface JobOfStory {
  readonly id?: string | undefined
  readonly name: string
  readonly data: unknown
  readonly timestamp: number
}

/** Which event a job is a part of, and by what its story is found. A quarantined delivery is its own event. */
export function storyOfJob({ id = '', name, data, timestamp }: JobOfStory) {
  const subject = readJobSubject(data)
  return {
    event: name,
    key: subject.key ?? id,
    receivedAt: subject.receivedAt ?? new Date(timestamp).toISOString(),
    jobId: id,
    /** Looked for only when asked: of a quarantined delivery that means to look through its whole body. */
    get identities(): string[] {
      const delivery = quarantinedDelivery.safeParse(data).data
      return delivery === undefined ? identitiesOfJob(subject) : identitiesOfDelivery(delivery)
    },
  }
}
