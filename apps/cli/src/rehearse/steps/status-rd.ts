import { crmOpportunity, isRecord } from '@ponte/contracts'
import { readCustomField, readStatusRd, statusFor } from '@ponte/mappers'
import { createStatusLedger } from '@ponte/state'
import { customFieldsOf } from '@ponte/operations'
import type { Rehearsal } from '../context.ts'
import { isBrokenBy } from '../facts.ts'
import { nothingCame, refusalIn } from '../stops.ts'
import { formOf } from './ask-crm.ts'
import { eventOf } from './see-mark.ts'

const afterwards = ['crm-field-shown', 'crm-custom-fields-form', 'crm-own-write-fires-updated'] as const

/** One round of `statusRD`: the contact is removed, so that the mark of a third opportunity must fail. */
export async function tryStatusRd(run: Rehearsal): Promise<void> {
  const { rd, state, ask, report } = run
  const { contact } = state
  if (contact === undefined) throw nothingCame('contact')
  await rd.removeContact(contact)
  const isGone = await ask(async () => ((await rd.findContact({ uuid: contact })) === undefined ? true : undefined))
  await run.forgetContact(contact)
  const opportunity = await openThird(run)
  if (opportunity === undefined) return
  const { end } = await eventOf(run, opportunity, 'opportunity.created')
  if (isGone === undefined || end?.outcome !== 'failed') {
    report.skip('rd-refused', ...afterwards)
    return
  }
  await judgeField(opportunity, run)
}

/** A copy of the first one. Undefined when TOTVS CRM refuses it. */
async function openThird(run: Rehearsal): Promise<string | undefined> {
  const { crm, state, report, lastAnswer } = run
  const [first = ''] = state.opportunities
  const record = await run.readRecord('opportunity', first)
  const known = crmOpportunity.safeParse(record).data
  const ids = [known?.pipeline?.id, known?.stage?.id, known?.opportunityType?.id]
  const [pipeline, stage, opportunityType] = ids
  const { lead } = state
  if (!known?.userId || lead === undefined || !pipeline || !stage || !opportunityType) {
    report.skip('crm-refused', 'crm-create-answer', ...afterwards)
    return undefined
  }
  try {
    const id = await crm.createOpportunity({
      description: run.name,
      status: statusFor('open', run.tenant.settings.totvsCrm.statusMap),
      leadId: lead,
      userId: known.userId,
      pipeline: { id: pipeline },
      stage: { id: stage },
      opportunityType: { id: opportunityType },
    })
    await run.addOpportunity(id)
    await report.answer('crm-create-answer', true, describeAnswer(lastAnswer()))
    return id
  } catch (error) {
    if (isBrokenBy('crm-create-answer', refusalIn(error).code))
      await report.require('crm-create-answer', false, describeAnswer(lastAnswer()))
    report.skip('crm-refused', 'crm-create-answer', ...afterwards)
    return undefined
  }
}

const describeAnswer = (answer: { readonly status: number; readonly body: unknown } | undefined) => ({
  status: answer?.status ?? null,
  form: isRecord(answer?.body) ? formOf(answer.body) : typeof answer?.body,
})

async function judgeField(opportunity: string, run: Rehearsal): Promise<void> {
  const { report, tenant, wait, events, redis } = run
  const { statusRd, totvsCrm } = tenant.settings
  const isShown = await run.ask(async () => {
    const record = await run.readRecord('opportunity', opportunity)
    const text = readCustomField(record?.['customFields'], record, statusRd.field)
    return readStatusRd(text) === 'own' ? true : undefined
  })
  const record = (await run.readRecord('opportunity', opportunity)) ?? {}
  const form = customFieldsOf(record).find(({ names }) => names.some(name => isSame(name, statusRd.field)))?.form
  if (form === undefined) report.skip('not-changed', 'crm-custom-fields-form')
  else await report.answer('crm-custom-fields-form', form === totvsCrm.customFields, { form })

  const [status] = await createStatusLedger(redis, tenant.name).peek([opportunity])
  const isTaken = isShown === true || ['taken', 'shown'].includes(status?.field?.state ?? '')
  if (!isTaken) {
    report.skip('crm-refused', 'crm-field-shown', 'crm-own-write-fires-updated')
    return
  }
  await report.answer('crm-field-shown', isShown === true)
  const isReported = await wait(async () =>
    (await events.of(opportunity)).some(({ name }) => name === 'opportunity.updated') ? true : undefined,
  )
  const others = (await events.of(opportunity)).filter(({ name }) => /won|lost/.test(name)).length
  await report.answer('crm-own-write-fires-updated', isReported === true && others === 0, { others })
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
