import { type FailureCode, type RegisteredLead, message } from '@ponte/contracts'

/** What becomes of a part of a delivery. */
export type Expected =
  | { readonly lead: RegisteredLead }
  | { readonly event: string; readonly opportunityId: string }
  | { readonly quarantined: FailureCode }
  | { readonly ignored: string }

const official: RegisteredLead = {
  uuid: 'c2f3d2b3-0000-4000-8000-eef38be32f7f',
  email: 'email@email.com',
  name: 'Lead Name',
  company: 'Company Name',
  jobTitle: 'Job',
  city: 'Florianópolis',
  state: 'SC',
  phone: '48 999999999',
  mobilePhone: '48 999999999',
  website: 'http://www.mywebsite.com',
  ownerEmail: 'email@example.com',
  conversionIdentifier: 'webinar-abc',
  convertedAt: '2012-06-04T18:31:35.000Z',
  contactCreatedAt: '2012-06-04T18:31:35.000Z',
}
const { uuid: _, ...officialWithoutUuid } = official

const officialContact: RegisteredLead = {
  uuid: 'c2f3d2b3-7250-4d27-97f4-eef38be32f7f',
  email: 'suporte@example.com.br',
  name: 'Contact Name',
  company: 'Company Example 0',
  jobTitle: 'Developer',
  city: 'Florianópolis',
  phone: '48 30252598',
  mobilePhone: '48 30252598',
  website: 'http://rdstation.com.br',
  facebook: 'Contact Facebook',
  linkedin: 'Contact Linkedin',
  ownerEmail: 'owner@example.org',
  conversionIdentifier: 'my-event-identifier',
  convertedAt: '2018-03-13T17:07:04.254Z',
}

const { convertedAt: markedAt, ...officialPerson } = officialContact
const officialMark: RegisteredLead = {
  ...officialPerson,
  deliveredFor: 'mark',
  ...(markedAt !== undefined && { markedAt }),
}

/** By the name of the fixture. */
export const rdStation: Record<string, readonly Expected[]> = {
  'rd-legacy-01-official-doc.json': [{ lead: official }],
  'rd-legacy-02-official-doc-older-public-url-no-uuid.json': [
    { lead: { ...officialWithoutUuid, phone: '48 30252598', mobilePhone: '48 30252598' } },
  ],
  'rd-legacy-04-real-2023-opportunity-true-tags-null.json': [
    {
      lead: {
        uuid: '8b4d2932-0000-4000-8000-f07cdc087c05',
        email: 'fulano2019@example.com',
        name: 'FULANO RODRIGUES DE TAL',
        mobilePhone: '+55 (34) 99000-0000',
        conversionIdentifier: 'Formulário - LP',
        trafficSource: 'Google',
        convertedAt: '2023-06-11T21:44:10.437Z',
        deliveredFor: 'mark',
        markedAt: '2023-06-12T12:46:14.862Z',
        contactCreatedAt: '2023-06-11T21:43:11.862Z',
      },
    },
  ],
  'rd-legacy-05-real-2026-verify-button.json': [
    {
      lead: {
        uuid: '12422420-0000-4000-8000-01a55bdbe7b5',
        email: 'contato@example.com.br',
        name: 'Fulano Aguiar',
        company: 'Estúdio Exemplo',
        jobTitle: 'CEO / Founder',
        conversionIdentifier: 'evento-inscricao',
        trafficSource: 'ig',
        convertedAt: '2026-09-04T18:42:14.000Z',
      },
    },
  ],
  'rd-legacy-07-real-2021-lead-stage-cliente.json': [
    {
      lead: {
        uuid: '1b858973-0000-4000-8000-8ab773ca450f',
        email: 'montagem.manutencao@example.com',
        name: 'fulano firmino',
        mobilePhone: '+55 84 99000-0000',
        contactCreatedAt: '2021-11-01T15:12:45.107Z',
        deliveredFor: 'mark',
        markedAt: '2021-11-09T16:51:48.920Z',
      },
    },
  ],
  'rd-legacy-08-real-2024-minimal-spanish.json': [
    {
      lead: {
        email: 'contacto132007@example.com',
        name: 'Fulana Contreras',
        company: 'Casa',
        contactCreatedAt: '2024-05-31T23:58:02.917Z',
      },
    },
  ],
  'rd-legacy-10-test-nonstandard-last-conversion.json': [
    {
      lead: {
        email: 'joao.teste@email.com',
        name: 'João Silva Teste',
        mobilePhone: '11999887766',
        conversionIdentifier: 'google',
      },
    },
  ],
  'rd-legacy-11-2018-escaped-slashes.json': [
    {
      lead: {
        email: 'teste@webhook.com',
        name: 'Fulano Suporte RD',
        jobTitle: 'Analista',
        contactCreatedAt: '2018-09-26T20:57:10.189Z',
        deliveredFor: 'mark-or-conversion',
      },
    },
  ],
  'rd-legacy-14-derived-leads-as-json-string.json': [
    { lead: { email: 'maria.teste@example.com', name: 'Maria Teste', mobilePhone: '+55 (32) 9922-8971' } },
  ],
  'rd-legacy-15-derived-no-identity.json': [{ quarantined: 'LEAD_WITHOUT_IDENTITY' }],
  'rd-legacy-17-test-minimal-lead-score.json': [{ lead: { email: 'test@test.com', name: 'Test Lead' } }],
  'rd-legacy-18-edge-empty-leads.json': [{ ignored: 'no-leads' }],
  'rd-legacy-19-derived-multiple-leads.json': [
    { lead: official },
    {
      lead: {
        ...official,
        uuid: 'c2f3d2b3-0000-4000-8000-eef38be32f80',
        email: 'segundo@example.com',
        name: 'Segundo Lead',
        deliveredFor: 'mark-or-conversion',
      },
    },
    // It has no e-mail, but phones, so it is a lead.
    {
      lead: {
        company: 'Company Name',
        jobTitle: 'Job',
        city: 'Florianópolis',
        state: 'SC',
        phone: '48 999999999',
        mobilePhone: '48 999999999',
        website: 'http://www.mywebsite.com',
        ownerEmail: 'email@example.com',
        contactCreatedAt: '2012-06-04T18:31:35.000Z',
      },
    },
  ],
  'rd-v2-01-official-converted.json': [{ lead: officialContact }],
  'rd-v2-02-official-marked-opportunity.json': [{ lead: officialMark }],
  'rd-v2-03-test-2026-no-email.json': [{ quarantined: 'LEAD_WITHOUT_IDENTITY' }],
  'rd-v2-06-test-2026-opportunity-cf-string.json': [
    {
      lead: {
        uuid: 'contact-1',
        email: 'ana@example.test',
        name: 'Ana',
        company: 'Acme',
        deliveredFor: 'mark',
        markedAt: '2026-09-28T10:00:00.000Z',
      },
    },
  ],
  'rd-crm-01-official-deal-created.json': [{ ignored: 'crm_deal_created' }],

  'own-v1-01-strings-as-values.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000001',
        email: 'ana.souza@example.com.br',
        name: 'Ana Souza',
        company: 'Moinho Exemplo, Filial Sul',
        jobTitle: '42',
        city: 'Curitiba',
        state: 'true',
        phone: '4133334444',
        mobilePhone: '+55 (41) 99999-8888',
        conversionIdentifier: 'contato-site',
        convertedAt: '2026-03-02T13:00:00.000Z',
        contactCreatedAt: '2026-03-01T12:00:00.000Z',
      },
    },
  ],
  'own-v1-02-conversion-payload-only.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000002',
        email: 'bruno@example.com.br',
        name: 'Bruno Lima',
        company: 'Oficina Exemplo',
        jobTitle: 'Sócio',
        mobilePhone: '41 98888-7777',
        conversionIdentifier: 'lp-orcamento',
        trafficSource: 'ig',
        convertedAt: '2026-03-02T14:00:00.000Z',
      },
    },
  ],
  'own-v1-03-original-event-payload-only.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000003',
        email: 'carla@example.com.br',
        name: 'Carla Dias',
        city: 'Porto Alegre',
        state: 'RS',
        phone: '(51) 3222-1100',
        facebook: 'https://facebook.com/carla.example',
        conversionIdentifier: 'pop-up',
        convertedAt: '2026-03-02T14:30:00.000Z',
      },
    },
  ],
  'own-v1-04-accents-in-labels.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000004',
        email: 'diego@example.com.br',
        name: 'Diego Pinto',
        city: 'São José dos Pinhais',
        state: 'PR',
        phone: '41 3030-4040',
        conversionIdentifier: 'e-book',
        convertedAt: '2026-03-03T11:00:00.000Z',
      },
    },
  ],
  'own-v1-05-phone-key-only.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000005',
        name: 'Elisa Ramos',
        mobilePhone: '+5548999990000',
        conversionIdentifier: 'whatsapp-bot',
        convertedAt: '2026-03-03T12:00:00.000Z',
      },
    },
  ],
  'own-v1-06-synthetic-conversion.json': [{ ignored: 'synthetic-conversion' }],
  'own-v1-07-invalid-email-with-phone.json': [
    {
      lead: {
        name: 'Gil',
        mobilePhone: '(11) 98765-4321',
        messages: [message('uuid-not-an-id'), message('email-invalid')],
      },
    },
  ],
  'own-v1-08-not-objects.json': [
    { quarantined: 'LEAD_NOT_UNDERSTOOD' },
    { quarantined: 'LEAD_NOT_UNDERSTOOD' },
    { quarantined: 'LEAD_NOT_UNDERSTOOD' },
  ],
  'own-v1-09-bare-lead.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000009',
        email: 'helena@example.com.br',
        name: 'Helena',
      },
    },
  ],
  'own-v1-10-bare-list.json': [
    {
      lead: { uuid: 'a1b2c3d4-0000-4000-8000-000000000010', email: 'igor@example.com.br', name: 'Igor' },
    },
  ],
  'own-v1-11-form.txt': [
    { lead: { email: 'joana@example.com.br', name: 'Joana Assunção', mobilePhone: '+55 21 97777-0000' } },
  ],
  'own-v2-01-lower-case-type-owner-null.json': [
    {
      lead: {
        uuid: 'a1b2c3d4-0000-4000-8000-000000000021',
        email: 'karina@example.com.br',
        name: 'Karina 👩‍🔬 Melo',
        company: 'Laboratório Exemplo',
        city: 'Curitiba, Londrina',
        state: 'Paraná',
        phone: '41 3333-0000',
        mobilePhone: '+5541988880000',
        website: 'https://laboratorio.example',
        conversionIdentifier: 'Tráfego pago: orçamento',
        convertedAt: '2026-03-04T11:59:59.999Z',
      },
    },
  ],
  'own-v2-02-synthetic-identifier.json': [{ ignored: 'synthetic-conversion' }],
  'own-v2-03-contact-missing.json': [{ quarantined: 'BODY_NOT_UNDERSTOOD' }],
}

const won = { event: 'opportunity.won', opportunityId: '9d1f3a52-0000-4000-8000-000000000001' }

/** By the name of the fixture. */
export const totvsCrm: Record<string, readonly Expected[]> = {
  'totvs-webhook-opportunity-won.partial.json': [
    {
      event: 'opportunity.won',
      opportunityId: '00000000-0000-0000-0000-000000000000',
    },
  ],
  'own-webhook-opportunity-lost.json': [{ ...won, event: 'opportunity.lost' }],
  'own-webhook-opportunity-discarded.json': [{ ignored: 'opportunity-discarded' }],
  'own-webhook-portuguese-won.json': [{ ...won }],
  'own-webhook-numeric-row.json': [{ ...won, opportunityId: '61' }],
  'own-webhook-lead-created.json': [{ ignored: 'lead' }],
  'own-webhook-trigger-unknown.json': [{ quarantined: 'CRM_TRIGGER_UNKNOWN' }],
  'own-webhook-row-missing.json': [{ quarantined: 'CRM_EVENT_NOT_UNDERSTOOD' }],
}
