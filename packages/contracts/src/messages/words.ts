import { systemNames } from '../system.ts'

/** Single words that are used in other messages. */
export const words = {
  opportunity: { en: 'opportunity', pt: 'oportunidade' },
  sale: { en: 'sale', pt: 'venda' },
  loss: { en: 'loss', pt: 'perda' },
  none: { en: 'none', pt: 'nenhum' },
  open: { en: 'open', pt: 'aberta' },
  won: { en: 'won', pt: 'ganha' },
  lost: { en: 'lost', pt: 'perdida' },
  contacts: { en: 'contacts', pt: 'contatos' },
  events: { en: 'events', pt: 'eventos' },
  'totvs-crm': { en: systemNames['totvs-crm'], pt: systemNames['totvs-crm'] },
  'rd-station': { en: systemNames['rd-station'], pt: systemNames['rd-station'] },
  owner: { en: 'owner', pt: 'responsável' },
  'the body': { en: 'the body', pt: 'o corpo' },
  'the text': { en: 'the text', pt: 'o texto' },
} as const
