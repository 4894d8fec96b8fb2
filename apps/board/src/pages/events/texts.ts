import { bilingual, type Language } from '@ponte/contracts'
import type { EventList } from '@ponte/operations'
import { queueTitle } from '../../ui/common-texts.ts'

export const eventListTexts = bilingual({
  person: { en: 'Person', pt: 'Pessoa' },
  personHint: { en: 'E-mail, phone or name', pt: 'E-mail, telefone ou nome' },
  received: { en: 'Received', pt: 'Recebido' },
  none: { en: 'No events with these filters.', pt: 'Nenhum evento com esses filtros.' },
  noneAtAll: {
    en: 'No event has arrived in the last 30 days.',
    pt: 'Nenhum evento chegou nos últimos 30 dias.',
  },
  noneYet: {
    en: 'None among the events looked at here; older ones may match.',
    pt: 'Nenhum entre os eventos vistos aqui; pode haver mais antigos.',
  },
  openCut: {
    en: (queue: string) => `Of the queue ${queue}, only the 1,000 events that run or come next are listed.`,
    pt: queue => `Da fila ${queue}, só aparecem os 1.000 eventos em execução ou os próximos.`,
  },
  choose: { en: 'Choose a tenant to see its events.', pt: 'Escolha uma empresa para ver os eventos dela.' },
  exportAll: {
    en: (most: string) => `Export all that match (CSV, up to ${most})`,
    pt: most => `Exportar todos os encontrados (CSV, até ${most})`,
  },
  cut: {
    en: (most: string, looked: string) =>
      `Not all: a file holds up to ${most} events, found among up to ${looked}. Choose a type or an earlier day for the others.`,
    pt: (most, looked) =>
      `Incompleto: um arquivo tem até ${most} eventos, buscados entre até ${looked}. Escolha um tipo ou um dia anterior para ver os demais.`,
  },
  nothingFailed: {
    en: 'None of the selected events is failed: there is nothing to retry.',
    pt: 'Nenhum dos eventos marcados está com falha: não há o que reenviar.',
  },
  nothingSelected: { en: 'No event was selected.', pt: 'Nenhum evento foi marcado.' },
  csv: {
    en: ['received', 'tenant', 'event', 'status', 'code', 'reason', 'contact', 'key', 'address'],
    pt: ['recebido', 'empresa', 'evento', 'situação', 'código', 'motivo', 'contato', 'chave', 'endereço'],
  },
})

/** Says of each queue that holds more than is listed. */
export const cutTexts = ({ cut = [] }: EventList, language: Language): readonly string[] =>
  cut.map(queue => eventListTexts[language].openCut(queueTitle(queue, language)))
