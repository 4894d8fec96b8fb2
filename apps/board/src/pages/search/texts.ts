import type { Language } from '../../ui/language.ts'

export const searchTexts = {
  'pt-BR': {
    title: 'Busca',
    label: {
      operator: 'E-mail, telefone, id da oportunidade ou chave do evento',
      viewer: 'Id da oportunidade, chave do evento ou id na fila',
    },
    submit: 'Buscar',
    none: 'Nada encontrado. Um evento fica guardado por 30 dias depois da última tentativa.',
    found: (count: number) => (count === 1 ? '1 evento' : `${count} eventos`),
    receivedAt: 'Recebido em',
  },
  en: {
    title: 'Search',
    label: {
      operator: 'E-mail, phone, opportunity id or event key',
      viewer: 'Opportunity id, event key or id in the queue',
    },
    submit: 'Search',
    none: 'Nothing found. An event is kept for 30 days after its last run.',
    found: (count: number) => (count === 1 ? '1 event' : `${count} events`),
    receivedAt: 'Received at',
  },
} satisfies Record<Language, unknown>
