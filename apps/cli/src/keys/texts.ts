import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

/** What `rotate-key` and `fingerprint-key` say. */
export const keyTexts = translated({
  en: {
    rotateKey: 'encrypt the secrets in Redis again, with the current PONTE_SECRET_KEY',
    resealed: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      `${counted('en', count, 'secret', 'secrets')} ${dryRun ? 'would be encrypted again' : 'encrypted again'}`,
    current: (count: number) => `${counted('en', count, 'secret', 'secrets')} already encrypted with this key`,
    unreadable: (key: string) =>
      `${key} was encrypted with a key that is neither PONTE_SECRET_KEY nor one of PONTE_OTHER_SECRET_KEYS. Add that key and run the command again, or connect the tenant again.`,
    done: 'You can empty PONTE_OTHER_SECRET_KEYS once every process runs with this PONTE_SECRET_KEY.',
    fingerprintKey: 'print the line for .env with the fingerprint key that Redis uses: a secret',
    adopt: 'use the configured key from now on; what was stored under the former one is no longer found',
    noKey: (tenant: string) =>
      `The data of ${tenant} in Redis uses a fingerprint key that is not among the configured ones. Configure that key; if it is lost, stop all processes and run \`ponte fingerprint-key --adopt\`.`,
    workerConnected: (tenant: string) => `A worker for "${tenant}" is connected: stop all workers first.`,
    adopted: (tenants: number) =>
      `${counted('en', tenants, 'tenant uses', 'tenants use')} the configured key from now on.`,
  },
  'pt-BR': {
    rotateKey: 'cifra de novo os segredos do Redis, com a PONTE_SECRET_KEY atual',
    resealed: ({ count, dryRun }) =>
      dryRun
        ? counted('pt-BR', count, 'segredo seria cifrado de novo', 'segredos seriam cifrados de novo')
        : counted('pt-BR', count, 'segredo cifrado de novo', 'segredos cifrados de novo'),
    current: count => counted('pt-BR', count, 'segredo já usava esta chave', 'segredos já usavam esta chave'),
    unreadable: key =>
      `${key} foi cifrado com uma chave que não é a PONTE_SECRET_KEY nem uma das PONTE_OTHER_SECRET_KEYS. Inclua essa chave e execute o comando de novo, ou conecte a empresa outra vez.`,
    done: 'Você pode esvaziar a PONTE_OTHER_SECRET_KEYS quando todos os processos usarem esta PONTE_SECRET_KEY.',
    fingerprintKey: 'mostra a linha do .env com a chave das impressões usada no Redis: um segredo',
    adopt: 'passa a usar a chave configurada; o que foi guardado com a anterior não é mais encontrado',
    noKey: tenant =>
      `Os dados de ${tenant} no Redis usam uma chave das impressões que não está entre as configuradas. Configure essa chave; se ela se perdeu, pare todos os processos e execute \`ponte fingerprint-key --adopt\`.`,
    workerConnected: tenant => `Há um worker conectado para "${tenant}": antes, pare todos os workers.`,
    adopted: tenants =>
      counted(
        'pt-BR',
        tenants,
        'empresa usa a chave configurada a partir de agora.',
        'empresas usam a chave configurada a partir de agora.',
      ),
  },
})
