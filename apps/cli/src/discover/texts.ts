import { translated } from '@ponte/contracts'
import { changedFileUsed } from '@ponte/runtime'

export const discoverTexts = translated({
  en: {
    description: 'find the ten variables in TOTVS CRM, and paths and resources that are wrong',
    leadOption: 'take the ids from the lead with this e-mail (default: the newest)',
    writeOption: 'write what is certain into the tenants file',
    leadUnusable: '--lead takes the e-mail of a lead.',
    loggingIn: (tenant: string) => `${tenant}: logging in to TOTVS CRM…`,
    reading: (tenant: string) => `${tenant}: reading TOTVS CRM…`,
    loginRefused: (status: number) =>
      `TOTVS CRM refuses the login (status ${status}): correct totvsCrm.username, password or tenant`,
    noLogin: ({ url, tried }: { url: string; tried: string }) =>
      `nothing at ${url} answers like the login of TOTVS CRM: correct totvsCrm.baseUrl or loginPath (tried: ${tried})`,
    noIntegrationApi: (tried: string) =>
      `the login works, but the integration API is at none of the known paths: ask the administrator of TOTVS CRM and set totvsCrm.integrationPath and resources (tried: ${tried})`,
    pipelines: 'pipelines with their stages',
    types: 'types of opportunities',
    users: 'users who may be the default user',
    lead: (id: string) => `ids from the lead ${id}`,
    newestLead: (id: string) => `ids from the newest lead that has them; the newest is ${id}`,
    none: 'none',
    insteadOf: (was: string) => `${was} does not work`,
    others: (count: number) => `other ids in use: ${count}; --lead chooses the lead`,
    leaveOpen: '(leave it open)',
    found: (count: number) => `${count} of 10 variables found.`,
    outcomes: {
      written: (file: string) => `Written into ${file}. ${changedFileUsed.en}`,
      unchanged: (file: string) => `${file} has all of it already.`,
      'not-asked': (file: string) => `--write puts what was found into ${file}.`,
    },
  },
  'pt-BR': {
    description: 'descobre as dez variáveis no TOTVS CRM, e caminhos e recursos errados',
    leadOption: 'usa os ids do lead com este e-mail (padrão: o mais novo)',
    writeOption: 'grava o que não deixa dúvida no arquivo de tenants',
    leadUnusable: '--lead recebe o e-mail de um lead.',
    loggingIn: tenant => `${tenant}: entrando no TOTVS CRM…`,
    reading: tenant => `${tenant}: lendo o TOTVS CRM…`,
    loginRefused: status =>
      `o TOTVS CRM recusa o login (status ${status}): corrija totvsCrm.username, password ou tenant`,
    noLogin: ({ url, tried }) =>
      `nada em ${url} responde como o login do TOTVS CRM: corrija totvsCrm.baseUrl ou loginPath (tentativas: ${tried})`,
    noIntegrationApi: tried =>
      `o login funciona, mas a API de integração não está em nenhum dos caminhos conhecidos: pergunte ao administrador do TOTVS CRM e configure totvsCrm.integrationPath e resources (tentativas: ${tried})`,
    pipelines: 'pipelines com suas etapas',
    types: 'tipos de oportunidade',
    users: 'usuários que podem ser o usuário padrão',
    lead: id => `ids do lead ${id}`,
    newestLead: id => `ids do lead mais novo que os tem; o mais novo é ${id}`,
    none: 'nenhum',
    insteadOf: was => `${was} não funciona`,
    others: count => `outros ids em uso: ${count}; --lead escolhe o lead`,
    leaveOpen: '(deixar em aberto)',
    found: count => `${count} de 10 variáveis descobertas.`,
    outcomes: {
      written: file => `Gravado em ${file}. ${changedFileUsed.pt}`,
      unchanged: file => `${file} já tem tudo isso.`,
      'not-asked': file => `--write grava em ${file} o que foi descoberto.`,
    },
  },
})
