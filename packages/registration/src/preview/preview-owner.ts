import { type CrmLead, type CrmUser, message, type Message, type Route } from '@ponte/contracts'
import type { ReadingContext } from '../reading-context.ts'
import { findOwners, isNobodys, type OwnerQuestion, type Owners } from '../responsible-user.ts'
import type { OwnerPreview, PreviewUser } from './lead-preview.ts'
import type { Answer, Questions } from './crm-reader.ts'

interface OwnersPreview {
  readonly owner: OwnerPreview
  /** The owner of a new opportunity, if it is another one. */
  readonly ofOpportunity: OwnerPreview | undefined
}

export interface OwnerDeps {
  readonly context: ReadingContext
  readonly questions: Questions
}

const unknown: OwnerPreview = { standing: 'unknown', users: [], reasons: [message('preview-owner-unknown')] }

/**
 * The responsible user of a new lead. A lead that TOTVS CRM has keeps its user. A new opportunity goes to the lead's user, unless there is
 * none, or it is the default user and the route has users. No turn is taken.
 */
export async function previewOwner(
  question: OwnerQuestion,
  { found, isOpened }: { readonly found: Answer<CrmLead | undefined>; readonly isOpened: boolean },
  deps: OwnerDeps,
): Promise<OwnersPreview> {
  if (!found.isKnown) return { owner: unknown, ofOpportunity: undefined }
  const choose = async (): Promise<OwnerPreview> => {
    const owners = await deps.questions.ask(() => findOwners(question, deps.context))
    return owners.isKnown ? describeOwners(owners.value, question.route) : unknown
  }
  if (found.value === undefined) return { owner: await choose(), ofOpportunity: undefined }
  const { userId } = found.value
  if (userId === undefined) return { owner: kept([]), ofOpportunity: isOpened ? await choose() : undefined }
  const ofRoute = question.route?.then.owner === undefined ? undefined : question.route
  const isAsked = isOpened && ofRoute !== undefined
  const isFree = isAsked ? await deps.questions.ask(() => isNobodys(userId, ofRoute, deps.context)) : undefined
  const user = userWith(userId, deps.context)
  if (isFree?.isKnown === true && isFree.value) return { owner: kept([user]), ofOpportunity: await choose() }
  const owner = isAsked ? kept([user], message('owner-kept', { rule: ofRoute.name })) : kept([user])
  return { owner, ofOpportunity: undefined }
}

const kept = (users: readonly PreviewUser[], reason: Message = message('preview-owner-kept')): OwnerPreview => ({
  standing: 'kept',
  users,
  reasons: [reason],
})

/** The default user was looked up if it matters. Of other users only the id is known. */
function userWith(id: string, { tenant, users }: ReadingContext): PreviewUser {
  const known = users.get(tenant.settings.variables.totvs_crm_default_user.trim().toLowerCase())
  return known?.id === id ? toPreviewUser(known) : { id, name: undefined, email: undefined }
}

function describeOwners(owners: Owners, route: Route | undefined): OwnerPreview {
  if (owners.kind === 'in-turn') {
    const { users, count } = owners
    const values = { usable: users.length, count, rule: route?.name ?? '' }
    return { standing: 'in-turn', users: users.map(toPreviewUser), reasons: [message('owner-in-turn', values)] }
  }
  const key = owners.kind === 'default' ? 'preview-owner-default' : 'preview-owner-in-rd-station'
  return { standing: owners.kind, users: [toPreviewUser(owners.user)], reasons: [message(key)] }
}

const toPreviewUser = ({ id, name, userEmail }: CrmUser): PreviewUser => ({ id, name, email: userEmail[0]?.email })
