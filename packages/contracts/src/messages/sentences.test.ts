import { expect, test } from 'vitest'
import { inPortuguese, say } from './sentences.ts'

test.each([
  [say('statusRD written'), 'statusRD escrito'],
  [say('lead {lead} created', { lead: 'L-1' }), 'lead L-1 criado'],
  [
    `${say('lead {lead} found, nothing new', { lead: 'L-1' })}; ${say('its opportunity is in progress')}`,
    'lead L-1 encontrado, nada de novo; a oportunidade dele está em andamento',
  ],
  [say('marked: {marks}', { marks: 'opportunity, sale' }), 'marcado: oportunidade, venda'],
  [
    say('nothing to mark: RD Station was told {state}', { state: 'won' }),
    'nada a marcar: último estado informado ao RD Station: ganha',
  ],
  [
    say('waits {seconds} s: {why}', {
      seconds: 4,
      why: say('{system} is resting ({code})', { system: 'rd-station', code: 'RD_UNAVAILABLE' }),
    }),
    'espera 4 s: RD Station está em descanso (RD_UNAVAILABLE)',
  ],
  [say('{path}: is not valid JSON', { path: 'the body' }), 'o corpo: não é JSON válido'],
  [say('email: is not an e-mail address; counts as absent'), 'email: não é um endereço de e-mail; conta como ausente'],
  [say('{path}: must be an object', { path: 'leads[0]' }), 'leads[0]: precisa ser um objeto'],
])('%s is told in Portuguese', (english, portuguese) => {
  expect(inPortuguese(english)).toBe(portuguese)
})

test('what is none of the sentences stays as it is', () => {
  for (const text of ['totvs-crm GET /x → 200 5 ms', '', 'a; b', 'leads[0]: is strange'])
    expect(inPortuguese(text)).toBe(text)
})
