import { crmLead } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { findPhoneTypes } from './choose-variables.ts'

const [landline, mobile] = ['(34) 3232-1010', '+55 34 99123-4567']
const phone = (phoneTypeId: string | null, number: string, standard = false) => ({ phoneTypeId, number, standard })
const certain = (id: string) => ({ ids: [id], isCertain: true })
const unclear = (...ids: string[]) => ({ ids, isCertain: false })
const none = unclear()

test.each([
  { phones: [], main: none, mobile: none },
  { phones: [phone(null, landline)], main: none, mobile: none },
  { phones: [phone('m', landline)], main: certain('m'), mobile: none },
  { phones: [phone('m', landline, true), phone('c', mobile)], main: certain('m'), mobile: certain('c') },
  // The standard phone may be the mobile one.
  { phones: [phone('m', landline), phone('c', mobile, true)], main: certain('m'), mobile: certain('c') },
  { phones: [phone('m', mobile, true), phone('c', mobile)], main: certain('m'), mobile: certain('c') },
  { phones: [phone('m', mobile), phone('c', mobile)], main: unclear('m', 'c'), mobile: unclear('m', 'c') },
  { phones: [phone('c', mobile, true)], main: unclear('c'), mobile: unclear('c') },
  { phones: [phone('m', mobile), phone('m', landline)], main: certain('m'), mobile: none },
  { phones: [phone('m', '3232-1010'), phone('c', '991234567')], main: certain('m'), mobile: certain('c') },
  {
    phones: [phone('m', landline), phone('w', landline), phone('c', mobile)],
    main: unclear('m', 'w'),
    mobile: certain('c'),
  },
  {
    phones: [phone('m', landline, true), phone('w', landline), phone('c', mobile)],
    main: certain('m'),
    mobile: certain('c'),
  },
  // Where TOTVS CRM lists the types, their names decide.
  { phones: [phone('Principal', mobile, true)], main: certain('Principal'), mobile: none },
  { phones: [phone('Celular', landline)], main: none, mobile: certain('Celular') },
])('phones $phones: main $main.ids, mobile $mobile.ids', ({ phones, main, mobile: ofMobile }) => {
  const lead = crmLead.parse({ id: '1', phones })
  const nameOf = (id: string) => (id.length > 1 ? id : undefined)
  expect(findPhoneTypes(lead, nameOf)).toEqual({ main, mobile: ofMobile })
})
