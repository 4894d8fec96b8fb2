import { type TenantSettings, tenantsFile } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { textsOf } from '../texts/texts.ts'
import { openSegmentation } from './open-segmentation.ts'

function settingsOf(): TenantSettings {
  const { acme } = tenantsFile.parse({
    tenants: {
      acme: {
        webhookTokens: { rdStation: ['rd-webhook-token-1234'], totvsCrm: ['crm-webhook-token-1234'] },
        rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
        totvsCrm: { username: 'user', password: 'password', tenant: 'acme' },
        variables: { totvs_crm_default_user: 'vendas@acme.example' },
      },
    },
  }).tenants
  if (acme === undefined) throw new Error('there is no tenant')
  return acme
}

test('an RD Station that sends the first page again and again does not keep an import for ever', async () => {
  const contacts = Array.from({ length: 125 }, (_, index) => ({ uuid: `u${index}`, last_conversion_date: undefined }))
  const pages: number[] = []
  const source = await openSegmentation('77', {
    tenant: { name: 'acme', settings: settingsOf() },
    rd: {
      listSegmentationContacts(_id, page) {
        pages.push(page)
        return Promise.resolve({ contacts, isLast: false })
      },
      findContact: () => Promise.resolve(undefined),
    },
    signal: new AbortController().signal,
    session: { texts: textsOf.en, progressBriefly: () => undefined },
  })
  const readAll = async (): Promise<number> => {
    let read = 0
    for await (const { record } of source.records) read = record
    return read
  }
  await expect(readAll()).rejects.toMatchObject({ code: 'RD_UNREADABLE' })
  expect(pages).toEqual([1, 2])
})
