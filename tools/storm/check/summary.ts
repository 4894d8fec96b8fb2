import type { StormResult } from '../run/run-storm.ts'

/** How large the storm was, and what it took, in a few lines. */
export function summarize({ evidence, stormMs, calmMs }: StormResult): string[] {
  const { people, sent, webhooks, leads, opportunities, contacts, jobs, stands } = evidence
  const attempts = sent.reduce((sum, { statuses }) => sum + statuses.length, 0)
  const webhookAttempts = webhooks.reduce((sum, each) => sum + each.attempts.length, 0)
  const lost = sent.filter(({ answer }) => answer === undefined).length
  const lostWebhooks = webhooks.filter(({ state }) => state !== 'delivered').length
  const marks = contacts.reduce((sum, contact) => sum + contact.marks.length, 0)
  const logins = evidence.calls.filter(({ path }) => path.endsWith('/api/login'))
  const refusedLogins = logins.filter(({ status }) => status === 401).length
  const kept = jobs.filter(({ queue }) => queue === 'quarantine').length
  const emailOf = new Map(people.map(({ uuid, email }) => [uuid, email]))
  const moved = contacts.filter(({ uuid, email }) => emailOf.has(uuid) && emailOf.get(uuid) !== (email ?? undefined))
  const late = stands.filter(({ shownAt }) => shownAt !== undefined)
  return [
    `${sent.length + webhooks.length} deliveries in ${attempts + webhookAttempts} attempts: ` +
      `${sent.length} of RD Station (${lost} never acknowledged), ${webhooks.length} of TOTVS CRM (${lostWebhooks})`,
    `${evidence.echoes.length} echoes of own marks, ${evidence.echoes.filter(({ state }) => state === 'delivered').length} acknowledged`,
    `${leads.length} leads, ${opportunities.length} opportunities, ${stands.length} changes by sales, ` +
      `${marks} marks, ${kept} deliveries in quarantine, ${jobs.length - kept} failed jobs`,
    `${moved.length} contacts with another e-mail, ${stands.filter(({ isGiven }) => isGiven === true).length} opportunities ` +
      `given away, ${late.length} ends shown after their webhook`,
    `${logins.length} logins at TOTVS CRM, ${refusedLogins} of them refused`,
    `${evidence.quotas.contacts.maxPerMinute} and ${evidence.quotas.events.maxPerMinute} calls of contacts and events ` +
      `in the busiest minute, ${evidence.callsPerMinute} allowed`,
    `the storm took ${(stormMs / 1000).toFixed(1)} s, the calm came ${(calmMs / 1000).toFixed(1)} s later`,
  ]
}
