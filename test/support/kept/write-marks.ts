import * as state from '@ponte/state'
import { at, email, later, muchLater, testFingerprint, uuid, type Writer } from './writer.ts'

const mark: state.MarkRecord = {
  ...{ marked: 'won', contact: uuid, address: 'address-1', lead: 'l1', person: 'person-1' },
  ...{ worth: { cents: 129_900 }, pending: true, counted: ['open', 'won'], reportedAgain: true },
}

const contactRecord: state.ContactRecord = {
  ...{ shown: true, unmarking: true, sold: true, opened: { at, newestBefore: at } },
  last: { mark: 'sale', opportunityId: 'o1', at, address: 'address-1', wasShown: true, wasSold: false },
  kept: [{ opportunityId: 'o3', marked: 'lost', worth: { reason: 'price' } }],
  unanswered: {
    ...{ mark: 'loss', opportunityId: 'o2', at: later, address: 'address-2', wasShown: true, wasSold: true },
    newestBefore: at,
    ...{ by: 'o2', recheckAfter: muchLater, wasPending: true, isCounted: true, worth: { reason: 'price' } },
  },
}

const status: state.StatusRecord = {
  failing: {
    ...{ round: 2, code: 'RD_CONTACT_UNKNOWN', fingerprint: 'depends-1', failedJobs: ['j1', 'j2'], retry: 'retry-1' },
    next: { jobId: 'round-3-j2', at: muchLater },
  },
  field: {
    ...{ text: 'Venda marcada', state: 'shown', takenAt: at, shown: 'Oportunidade marcada', writes: 2 },
    ...{ fingerprint: 'depends-2', followed: true, unreadable: { jobId: 'j3', retry: 'retry-2' } },
  },
  ...{ differs: 'OK: venda registrada', kept: 'lost', waitsFor: uuid },
}

/** What was marked, and what became of it. */
export async function writeMarks({ redis, tenant, fenceOf, now }: Writer): Promise<void> {
  const contact = { uuid, email }
  const marks = state.createContactMarks(tenant, testFingerprint)
  await state.change(redis, marks.rememberingOther(contact, at))
  await state.change(redis, marks.beginningOf(contact, now).made)
  await state.change(redis, [state.createMarkLedger(redis, tenant).addingOpportunityOf(uuid, 'o1')])
  const marked = state.createMarkLedger(redis, tenant, fenceOf)
  const statuses = state.createStatusLedger(redis, tenant, fenceOf)
  const readings = [marked.readingOf('o1'), marked.contactReadingOf(uuid), statuses.readingOf('o1')]
  const valueOf = await state.read(redis, readings)
  for (const reading of readings) valueOf<unknown>(reading)
  await state.runStep(redis, {
    fences: [state.opportunityLock('o1'), state.leadLock('l1'), state.contactLock(uuid)].map(fenceOf),
    changes: [
      marked.writingOf(uuid, 'o1', mark),
      marked.contactWritingOf(uuid, contactRecord),
      statuses.writingOf('o1', status),
    ],
  })
  await state.change(redis, [state.createStatusField(redis, tenant).rememberingUnreadable('o1')])
}
