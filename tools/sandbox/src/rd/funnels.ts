import { isRecord } from '@ponte/contracts'
import type { FastifyInstance } from 'fastify'
import { textOf } from '../json.ts'
import type { World } from '../world.ts'
import type { RdAccount } from './account.ts'
import { type Contact, type Funnel, lifecycleStage } from './contact.ts'
import { isEmail, requireContact } from './contacts.ts'
import { type RdError, rdRefusals } from './errors.ts'
import { admit, admitForContact } from './quotas.ts'

interface ByFunnel {
  Params: { identifier: string; funnel: string }
}

const MAX_OWNER_LENGTH = 100

/** `…/funnels/default` of a contact, by uuid or e-mail (docs/vendors/rd-station.md#funnel-of-a-contact). */
export function addFunnels(app: FastifyInstance, world: World): void {
  const find = (account: RdAccount, { identifier, funnel }: ByFunnel['Params']): Contact => {
    // Phones name contacts elsewhere; funnels are not in that list.
    if (funnel !== 'default' || identifier.startsWith('phone:')) throw rdRefusals.notFound()
    const contact = requireContact(account, identifier)
    admitForContact(account, {
      kind: 'funnel',
      key: contact.texts.email ?? contact.uuid,
      max: account.settings.funnelCallsPerContactPerDay,
      now: world.now(),
    })
    return contact
  }

  app.get<ByFunnel>('/platform/contacts/:identifier/funnels/:funnel', async request => {
    const account = admit(world, request, 'contacts')
    return find(account, request.params).funnel
  })

  app.put<ByFunnel>('/platform/contacts/:identifier/funnels/:funnel', async request => {
    const account = admit(world, request, 'contacts')
    const contact = find(account, request.params)
    return Object.assign(contact.funnel, readChange(account, request.body))
  })
}

function readChange(account: RdAccount, body: unknown): Partial<Funnel> {
  if (!isRecord(body)) throw rdRefusals.badRequest('The body must be an object.')
  const change: Partial<Funnel> = {}
  const errors: Record<string, RdError[]> = {}

  if (body.lifecycle_stage !== undefined) {
    const stage = lifecycleStage.safeParse(body.lifecycle_stage)
    if (stage.success) change.lifecycle_stage = stage.data
    else
      errors.lifecycle_stage = [
        { error_type: 'MUST_BE_VALID_OPTION', error_message: 'Must be one of the valid options.' },
      ]
  }
  if (body.opportunity !== undefined) {
    if (typeof body.opportunity === 'boolean') change.opportunity = body.opportunity
    else errors.opportunity = [{ error_type: 'MUST_BE_BOOLEAN', error_message: 'opportunity must be boolean' }]
  }
  const owner = body.contact_owner_email
  if (owner !== undefined) {
    const wrong = ownerError(account, owner)
    if (wrong) errors.contact_owner_email = [wrong]
    // RD's own node clears the owner with the text "null".
    else change.contact_owner_email = owner === 'null' ? null : (textOf(owner) ?? null)
  }
  if (Object.keys(errors).length > 0) throw rdRefusals.fields(account.settings, errors)
  return change
}

function ownerError({ settings }: RdAccount, owner: unknown): RdError | undefined {
  if (owner === 'null') return undefined
  if (typeof owner !== 'string')
    return { error_type: 'MUST_BE_STRING', error_message: 'contact_owner_email must be string' }
  if (owner.length > MAX_OWNER_LENGTH) {
    return { error_type: 'MUST_BE_LESS_THAN_OR_EQUAL', error_message: 'must be less than or equal to 100' }
  }
  if (!isEmail(owner)) {
    return { error_type: 'INVALID_EMAIL_FORMAT', error_message: 'contact_owner_email has an invalid format' }
  }
  if (settings.users.length > 0 && !settings.users.includes(owner)) {
    return { error_type: 'INVALID_USER', error_message: 'The user was not found in your account.' }
  }
  return undefined
}
