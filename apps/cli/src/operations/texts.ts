import { translated } from '@ponte/contracts'

/** What commands say that ask the API of a board. */
export const apiTexts = translated({
  en: {
    option: 'ask the API of this board, with PONTE_API_TOKEN, in place of Redis (default: PONTE_API_URL)',
    tokenMissing: 'PONTE_API_TOKEN: is not set; the API of a board needs it',
    notReachable: (url: string) => `No board answers at ${url}.`,
    unreadable: (tenants: string) => `Redis did not answer about ${tenants}. What failed there is unknown.`,
    notUnderstood: (url: string) => `The board at ${url} answers in another form: use the same version of Ponte.`,
    noApi: ({ url, status }: { url: string; status: number }) =>
      `The API of a board does not answer like that (${status}): check the address ${url}.`,
  },
  'pt-BR': {
    option: 'consulta a API deste painel, com o PONTE_API_TOKEN, em vez do Redis (padrão: PONTE_API_URL)',
    tokenMissing: 'PONTE_API_TOKEN: não está definida; a API de um painel precisa dela',
    notReachable: url => `Nenhum painel responde em ${url}.`,
    unreadable: tenants => `O Redis não respondeu sobre ${tenants}. As falhas de lá são desconhecidas.`,
    notUnderstood: url => `O painel em ${url} responde em outro formato: use a mesma versão do Ponte.`,
    noApi: ({ url, status }) => `A API de um painel não responde assim (${status}): confira o endereço ${url}.`,
  },
})
