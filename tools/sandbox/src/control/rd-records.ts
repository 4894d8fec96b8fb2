import type { RdAccount } from '../rd/account.ts'
import { type Contact, findContact, readIdentifier } from '../rd/contact.ts'
import type { World } from '../world.ts'
import { notFound } from './request.ts'

export const findAccount = (world: World, name: string): RdAccount => world.rd.get(name) ?? notFound('RD account')

/** `text`: a uuid, `email:…` or `phone:…`. */
export function requireContactOf(account: RdAccount, text: string): Contact {
  const name = readIdentifier(text)
  return (name && findContact(account, name)) ?? notFound('contact')
}
