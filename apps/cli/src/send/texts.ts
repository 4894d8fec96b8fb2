import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

export const sendTexts = translated({
  en: {
    description: 'post an example delivery to the ingress; it is processed like a real one',
    file: 'a file, or the name of an example (see --list)',
    url: 'address of the ingress (default: INGRESS_HOST and INGRESS_PORT)',
    event: (events: string) => `what happened: ${events}`,
    opportunity: 'id of an opportunity in TOTVS CRM',
    list: 'list the examples',
    opportunityNeeded: (event: string) => `--event ${event} needs --opportunity ID.`,
    fileUnreadable: (file: string) => `${file} is neither an example nor a readable file.`,
    notReachable: (url: string) => `Nothing answers at ${url}.`,
    duplicates: (count: number, isLead: boolean) =>
      `${counted('en', count, 'event was', 'events were')} sent before, in the last 7 days, and will not be processed again. If it failed, retry it with ponte retry CODE. To send it as a new event, change ${isLead ? 'the time of the conversion (event_timestamp; in "leads", event_uuid or last_conversion.created_at)' : 'eventId'} in a copy of the file.`,
  },
  'pt-BR': {
    description: 'envia uma entrega de exemplo à entrada; ela é processada como uma verdadeira',
    file: 'um arquivo, ou o nome de um exemplo (veja --list)',
    url: 'endereço da entrada (padrão: INGRESS_HOST e INGRESS_PORT)',
    event: events => `o que aconteceu: ${events}`,
    opportunity: 'id de uma oportunidade no TOTVS CRM',
    list: 'lista os exemplos',
    opportunityNeeded: event => `--event ${event} precisa de --opportunity ID.`,
    fileUnreadable: file => `${file} não é um exemplo nem um arquivo legível.`,
    notReachable: url => `Nada responde em ${url}.`,
    duplicates: (count, isLead) =>
      `${counted('pt-BR', count, 'evento já foi enviado', 'eventos já foram enviados')} nos últimos 7 dias: nada mais é feito. Se falhou, reenvie com ponte retry CÓDIGO. Para enviar como evento novo, mude ${isLead ? 'o horário da conversão (event_timestamp; em "leads", event_uuid ou last_conversion.created_at)' : 'eventId'} em uma cópia do arquivo.`,
  },
})
