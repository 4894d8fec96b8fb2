import type { FastifyInstance } from 'fastify'
import type { World } from '../world.ts'
import type { RdAccount } from './account.ts'
import { type Contact, toBrasiliaTime } from './contact.ts'
import { rdRefusals } from './errors.ts'
import { admit } from './quotas.ts'

interface OfSegmentation {
  Params: { id: string }
  Querystring: Record<string, string | undefined>
}

/** Every account has this one: all contacts. */
const ALL_CONTACTS = '1'
const LARGEST_PAGE = 125

/** The contacts of a segmentation (docs/vendors/rd-station.md#segmentations). */
export function addSegmentations(app: FastifyInstance, world: World): void {
  app.get<OfSegmentation>('/platform/segmentations/:id/contacts', async (request, reply) => {
    const account = admit(world, request, 'segmentations')
    const { order, page: pageText, page_size: size } = request.query
    const page = Number(pageText ?? 1)
    const pageSize = Number(size ?? 25)
    const isWhole = Number.isSafeInteger(page) && Number.isSafeInteger(pageSize)
    if (!isWhole || page < 1 || pageSize < 1 || pageSize > LARGEST_PAGE) {
      throw rdRefusals.badRequest('page_size must be at most 125.')
    }
    const contacts = inOrder(contactsOf(account, request.params.id), order)
    reply.headers({
      'pagination-total-rows': contacts.length,
      'pagination-page-size': pageSize,
      'pagination-page': page,
    })
    return {
      contacts: contacts.slice((page - 1) * pageSize, page * pageSize).map(contact => present(account, contact)),
    }
  })
}

function contactsOf(account: RdAccount, id: string): Contact[] {
  const all = [...account.contacts.values()]
  if (id === ALL_CONTACTS) return all
  const uuids = account.segmentations.get(id)
  if (!uuids) throw rdRefusals.notFound('Segmentation')
  return all.filter(({ uuid }) => uuids.has(uuid))
}

/** RD Station orders by one member only, ascending unless it is told otherwise. */
function inOrder(contacts: Contact[], order: string | undefined): Contact[] {
  if (order === undefined) return contacts
  const [member, direction = 'asc'] = order.split(':')
  if (member !== 'last_conversion_date' || !['asc', 'desc'].includes(direction)) {
    throw rdRefusals.badRequest('order is invalid.')
  }
  const ascending = contacts.toSorted((one, other) => (lastConversionOf(one) ?? 0) - (lastConversionOf(other) ?? 0))
  return direction === 'asc' ? ascending : ascending.toReversed()
}

function lastConversionOf({ events }: Contact): number | undefined {
  const conversions = events.filter(event => event.event_type === 'CONVERSION')
  return conversions.length === 0 ? undefined : Math.max(...conversions.map(({ at }) => at))
}

function present({ settings }: RdAccount, contact: Contact) {
  const lastConversion = lastConversionOf(contact)
  const length = settings.segmentationDates === 'day' ? 'yyyy-mm-dd'.length : undefined
  return {
    uuid: contact.uuid,
    name: contact.texts.name ?? null,
    email: contact.texts.email ?? null,
    last_conversion_date: lastConversion === undefined ? null : toBrasiliaTime(lastConversion).slice(0, length),
    created_at: toBrasiliaTime(contact.createdAt),
    links: [
      {
        rel: 'SELF',
        href: `https://api.rd.services/platform/contacts/${contact.uuid}`,
        media: 'application/json',
        type: 'GET',
      },
    ],
  }
}
