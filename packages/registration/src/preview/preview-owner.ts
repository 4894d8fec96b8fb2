import { type CrmLead, type CrmUser, message, type Route } from '@ponte/contracts'
import type { ReadingContext } from '../reading-context.ts'
import { findOwners, type OwnerQuestion, type Owners } from '../responsible-user.ts'
import type { OwnerPreview, PreviewUser } from './lead-preview.ts'
import type { Answer, Questions } from './questions.ts'

interface OwnersPreview {
  readonly owner: OwnerPreview
  /** Of a new opportunity, where it is another one. */
  readonly ofOpportunity: OwnerPreview | undefined
}

export interface OwnerDeps {
  readonly context: ReadingContext
  readonly questions: Questions
}

const unknown: OwnerPreview = { standing: 'unknown', users: [], reasons: [message('preview-owner-unknown')] }

/**
 * The responsible user of a new lead, or of one that TOTVS CRM has, which keeps its own. The opportunity goes to the lead's user, unless
 * that is the default user and the route has users: then to theirs. No turn is taken.
 */
export async function previewOwner(
  question: OwnerQuestion,
  found: Answer<CrmLead | undefined>,
  { context, questions }: OwnerDeps,
): Promise<OwnersPreview> {
  if (!found.isKnown) return { owner: unknown, ofOpportunity: undefined }
  const userId = found.value?.userId
  if (found.value === undefined || userId === undefined) {
    const owners = await questions.ask(() => findOwners(question, context))
    const owner = owners.isKnown ? describeOwners(owners.value, question.route) : unknown
    return found.value === undefined
      ? { owner, ofOpportunity: undefined }
      : { owner: { standing: 'kept', users: [], reasons: [message('preview-owner-kept')] }, ofOpportunity: owner }
  }
  return await ofKnownLead(userId, question, { context, questions })
}

async function ofKnownLead(
  userId: string,
  { route }: OwnerQuestion,
  { context, questions }: OwnerDeps,
): Promise<OwnersPreview> {
  const ofRoute = route?.then.owner === undefined ? undefined : route
  const kept = (user: CrmUser | undefined): OwnerPreview => ({
    standing: 'kept',
    users: [user === undefined ? { id: userId, name: undefined, email: undefined } : toPreviewUser(user)],
    reasons: [ofRoute === undefined ? message('preview-owner-kept') : message('owner-kept', { rule: ofRoute.name })],
  })
  const standard = await questions.ask(() => findOwners({ ownerEmail: undefined, route: undefined }, quiet(context)))
  const defaultUser = standard.isKnown && standard.value.kind !== 'in-turn' ? standard.value.user : undefined
  const isDefault = defaultUser?.id === userId
  const owner = kept(isDefault ? defaultUser : undefined)
  if (!isDefault || ofRoute === undefined) return { owner, ofOpportunity: undefined }
  const owners = await questions.ask(() => findOwners({ ownerEmail: undefined, route: ofRoute }, context))
  return { owner, ofOpportunity: owners.isKnown ? describeOwners(owners.value, ofRoute) : unknown }
}

/** What is found out only to compare is nothing that the timeline says. */
const quiet = (context: ReadingContext): ReadingContext => ({ ...context, note: () => undefined })

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
