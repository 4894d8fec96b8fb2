/**
 * What Ponte says of an event: one table, so that the two languages cannot drift apart. Logs, results and answers hold the English
 * text; the board shows it in the reader's language (`inPortuguese`). `{name}` stands for a value; a sentence holds nothing
 * personal. Words on the left are kept in Redis for weeks: a changed one is shown in English until it has gone.
 */
const portuguese = {
  // A lead.
  'lead {lead} created': 'lead {lead} criado',
  'lead {lead} updated': 'lead {lead} atualizado',
  'lead {lead} found, nothing new': 'lead {lead} encontrado, nada de novo',
  'lead {lead}: a newer conversion was applied before': 'lead {lead}: uma conversão mais nova já foi aplicada',
  'lead {lead}: a newer delivery was applied before': 'lead {lead}: uma entrega mais nova já foi aplicada',
  'lead {lead} left as it is: newer values were applied before':
    'lead {lead} mantido como está: valores mais novos já foram aplicados',
  'Ponte itself made this mark: no opportunity is opened':
    'o próprio Ponte fez esta marcação: nenhuma oportunidade é aberta',
  'Ponte itself made this mark, and TOTVS CRM has no lead of the person':
    'o próprio Ponte fez esta marcação, e o TOTVS CRM não tem lead da pessoa',
  'the person has an open opportunity': 'a pessoa tem uma oportunidade aberta',
  'no opportunity opened: TOTVS CRM cannot be asked whether the person has one, because of the e-mail':
    'nenhuma oportunidade aberta: por causa do e-mail, não há como perguntar ao TOTVS CRM se a pessoa já tem uma',
  'opportunity opened': 'oportunidade aberta',
  'its opportunity was opened before': 'a oportunidade dele já tinha sido aberta',
  'its opportunity had been opened': 'a oportunidade dele já tinha sido aberta, embora a resposta tenha se perdido',
  'another opportunity of the lead is open': 'outra oportunidade do lead está aberta',
  'its opportunity is in progress': 'a oportunidade dele está em andamento',
  'the lead has no e-mail: its marks cannot go back to RD Station':
    'o lead não tem e-mail: as marcações dele não podem voltar ao RD Station',
  'TOTVS CRM has {count} leads with this e-mail; the first is used':
    'o TOTVS CRM tem {count} leads com este e-mail; vale o primeiro',
  'TOTVS CRM has {count} leads with this phone and no e-mail; the first is used':
    'o TOTVS CRM tem {count} leads com este telefone e sem e-mail; vale o primeiro',
  'the owner in RD Station is not a user in TOTVS CRM; the default user is responsible':
    'o responsável no RD Station não é usuário do TOTVS CRM; o responsável é o usuário padrão',
  'the owner in RD Station is inactive in TOTVS CRM; the default user is responsible':
    'o responsável no RD Station está inativo no TOTVS CRM; o responsável é o usuário padrão',
  'the owner in RD Station has no role in TOTVS CRM; the default user is responsible':
    'o responsável no RD Station não tem papel no TOTVS CRM; o responsável é o usuário padrão',
  '{field} cut: it has {length} characters, TOTVS CRM takes {limit}':
    '{field} cortado: tem {length} caracteres, o TOTVS CRM aceita {limit}',
  '{field} left out: it has {length} characters, TOTVS CRM takes {limit}':
    '{field} deixado de fora: tem {length} caracteres, o TOTVS CRM aceita {limit}',
  '{field} left out: it is no phone, and TOTVS CRM has one':
    '{field} deixado de fora: não é um telefone, e o TOTVS CRM tem um',
  'externalId left out: the uuid of the contact is not 1 to 200 printable ASCII characters':
    'externalId deixado de fora: o uuid do contato não tem de 1 a 200 caracteres ASCII imprimíveis',
  'externalId left as it is: it was given by another system': 'externalId mantido: foi dado por outro sistema',
  'uuid: is not an id; left out': 'uuid: não é um id; deixado de fora',
  'ownerEmail: is not an e-mail address; left out': 'ownerEmail: não é um endereço de e-mail; deixado de fora',
  'email: is longer than 255 characters; counts as absent': 'email: tem mais de 255 caracteres; conta como ausente',
  'email: is not an e-mail address; counts as absent': 'email: não é um endereço de e-mail; conta como ausente',

  // A mark.
  'marked: {marks}': 'marcado: {marks}',
  "from before Ponte's time: RD Station counts as told that it is {state}":
    'de antes do Ponte: conta como informado ao RD Station que está {state}',
  'nothing to mark: RD Station was told {state}': 'nada a marcar: último estado informado ao RD Station: {state}',
  'the opportunity has no lead': 'a oportunidade não tem lead',
  'the lead has nothing to do with RD Station': 'o lead não tem relação com o RD Station',
  'the lead has no e-mail, and RD Station marks by e-mail': 'o lead não tem e-mail, e o RD Station marca por e-mail',
  'the contact has no e-mail, and RD Station marks by e-mail':
    'o contato não tem e-mail, e o RD Station marca por e-mail',
  'the opportunity has no value: sent as 0': 'a oportunidade não tem valor: enviado como 0',
  'the value was rounded to cents': 'o valor foi arredondado para centavos',
  'the opportunity has no loss reason': 'a oportunidade não tem motivo de perda',
  'reason cut: it has {length} characters, {limit} are sent':
    'motivo cortado: tem {length} caracteres, são enviados {limit}',
  'RD Station has the {mark} already: its answer had been lost':
    'o RD Station já tem a marcação ({mark}): a resposta tinha se perdido',
  'an earlier opportunity of the contact was marked first: {marks}':
    'uma oportunidade anterior do contato foi marcada antes: {marks}',
  'an earlier opportunity of the contact could not be marked first: {code}':
    'uma oportunidade anterior do contato não pôde ser marcada antes: {code}',
  'another opportunity of the contact is open: RD Station was told again':
    'outra oportunidade do contato está aberta: o RD Station foi avisado de novo',

  // The statusRD loop.
  'this round belongs to a failure that is over': 'esta rodada é de uma falha que já acabou',
  'all rounds are used; it waits for a person': 'todas as rodadas foram usadas; espera por uma pessoa',
  'the next round begins at {time}': 'a próxima rodada começa em {time}',
  'nothing to write': 'nada a escrever',
  'the opportunity is gone': 'a oportunidade não existe mais',
  'statusRD says it already': 'o statusRD já diz isso',
  'statusRD written': 'statusRD escrito',
  'statusRD written; TOTVS CRM does not show it': 'statusRD escrito; o TOTVS CRM não o mostra',
  'statusRD was written as often as it may be until a person changes it':
    'o statusRD foi escrito tantas vezes quantas são permitidas até que uma pessoa altere algo',

  // Waiting.
  'waits {seconds} s: {why}': 'espera {seconds} s: {why}',
  '{system} is resting ({code})': '{system} está em descanso ({code})',
  'the {budget} quota of RD Station is used by earlier jobs':
    'a cota de {budget} do RD Station está sendo usada por eventos anteriores',
  'the answer about another opportunity of the contact was lost':
    'a resposta sobre outra oportunidade do contato se perdeu',
  'another job works on the same record': 'outro evento trabalha no mesmo registro',
  'another worker renews the access token': 'outro worker renova o token de acesso',
  'another worker logs in to TOTVS CRM': 'outro worker entra no TOTVS CRM',
  'this worker is to stop; another renews the access token': 'este worker vai parar; outro renova o token de acesso',
  'the call could not be made yet': 'a chamada ainda não pôde ser feita',
  'TOTVS CRM does not show statusRD yet': 'o TOTVS CRM ainda não mostra o statusRD',
  'the failure could not be recorded': 'a falha não pôde ser registrada',
  'RD Station created the contact moments ago and may drop its marks':
    'o RD Station criou o contato há pouco e pode descartar as marcações dele',

  // Quarantine.
  '{events} events enqueued, {ignored} ignored': 'eventos enfileirados: {events}, ignorados: {ignored}',
  '{path}: must be an object': '{path}: precisa ser um objeto',
  '{path}: holds {count} events': '{path}: tem {count} eventos',
  '{path}: has more than {count} fields': '{path}: tem mais de {count} campos',
  '{path}: must be a list of leads': '{path}: precisa ser uma lista de leads',
  '{path}: must be a text': '{path}: precisa ser um texto',
  '{path}: must be a text of 1 to 500 characters': '{path}: precisa ser um texto de 1 a 500 caracteres',
  '{path}: must be 1 to 64 of A-Z, a-z, 0-9, "_" and "-"': '{path}: precisa ter de 1 a 64 de A-Z, a-z, 0-9, "_" e "-"',
  '{path}: is missing': '{path}: falta',
  '{path}: is not a known type': '{path}: não é um tipo conhecido',
  '{path}: is not a known trigger': '{path}: não é um gatilho conhecido',
  '{path}: is not valid UTF-8': '{path}: não é UTF-8 válido',
  '{path}: is not valid JSON': '{path}: não é JSON válido',
  '{path}: nests deeper than {levels} levels': '{path}: tem mais de {levels} níveis de profundidade',
  '{path}: is not valid JSON at character {position}': '{path}: não é JSON válido no caractere {position}',
  '{path}: has neither a usable e-mail nor a phone of at least 8 digits that are not all the same':
    '{path}: não tem nem e-mail utilizável nem telefone de ao menos 8 dígitos que não sejam todos iguais',
  'the body: has neither leads nor event_type and contact': 'o corpo: não tem nem leads nem event_type e contact',
  'the address: has an unknown intent': 'o endereço: tem uma intenção desconhecida',
} as const satisfies Readonly<Record<string, string>>

export type Sentence = keyof typeof portuguese

/** All of them, in both languages, with the holes of their values. */
export const ownSentences: readonly string[] = Object.entries(portuguese).flat()

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
type ValuesOf<Text extends string> = [NamesIn<Text>] extends [never]
  ? []
  : [Readonly<Record<NamesIn<Text>, string | number>>]

/** The sentence in English, with its values. */
export const say = <Text extends Sentence>(text: Text, ...values: ValuesOf<Text>): string => fill(text, ...values)

/** The sentence in Portuguese; what is none of Ponte's sentences stays as it is. Several may be joined by `; `. */
export function inPortuguese(text: string): string {
  return (
    translate(text) ??
    text
      .split('; ')
      .map(part => translate(part) ?? part)
      .join('; ')
  )
}

function translate(text: string): string | undefined {
  for (const { pattern, translation } of patterns) {
    const match = pattern.exec(text)
    if (match === null) continue
    const values = Object.entries(match.groups ?? {}).map(([name, value]) => [name, inPlace(name, value)] as const)
    return fill(translation, Object.fromEntries(values))
  }
  return undefined
}

/** A value that is itself a word, or a sentence, of Ponte's. */
const inPlace = (name: string, value: string): string =>
  name === 'why'
    ? inPortuguese(value)
    : value
        .split(', ')
        .map(word => words.get(word) ?? word)
        .join(', ')

/** More characters than any of the sentences has. */
const MOST_WORDS = 1000

const words = new Map([
  ['opportunity', 'oportunidade'],
  ['sale', 'venda'],
  ['loss', 'perda'],
  ['none', 'nenhum'],
  ['open', 'aberta'],
  ['won', 'ganha'],
  ['lost', 'perdida'],
  ['contacts', 'contatos'],
  ['events', 'eventos'],
  ['totvs-crm', 'TOTVS CRM'],
  ['rd-station', 'RD Station'],
  ['the body', 'o corpo'],
])

const fill = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  text.replaceAll(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole))

/** What begins with words of its own first, then what has the most of them: `{path}: is missing` would take much for a path. */
const patterns = Object.entries(portuguese)
  .map(([text, translation]) => ({
    own: text.replaceAll(/\{\w+\}/g, '').length + (text.startsWith('{') ? 0 : MOST_WORDS),
    pattern: new RegExp(
      `^${text
        .split(/(\{\w+\})/)
        .map(toPattern)
        .join('')}$`,
      's',
    ),
    translation,
  }))
  .toSorted((one, other) => other.own - one.own)

function toPattern(part: string): string {
  const name = /^\{(\w+)\}$/.exec(part)?.[1]
  if (name === undefined) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // Only a reason may be several sentences.
  return `(?<${name}>${name === 'why' ? '.+' : '[^;]+?'})`
}
