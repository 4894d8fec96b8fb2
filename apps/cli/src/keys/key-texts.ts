import type { Language } from '../language.ts'

const counted = (count: number, one: string, several: string): string => `${count} ${count === 1 ? one : several}`

/** What the commands about keys say. */
export const keyTexts = {
  en: {
    rotateKey: 'seal anew, with PONTE_SECRET_KEY, what Redis keeps sealed',
    resealed: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      `${counted(count, 'secret', 'secrets')} ${dryRun ? 'would be sealed anew' : 'sealed anew'}`,
    current: (count: number) => `${counted(count, 'secret was', 'secrets were')} sealed with this key before`,
    unreadable: (key: string) =>
      `${key} was sealed with a key that is neither PONTE_SECRET_KEY nor one of PONTE_OTHER_SECRET_KEYS; run the command again with it, or connect the tenant anew`,
    done: 'PONTE_OTHER_SECRET_KEYS may be emptied once every process runs with this PONTE_SECRET_KEY.',
    fingerprintKey: 'print the line of .env with the fingerprint key that Redis was written with: a secret',
    adopt: 'from now on use the key that is configured; what was kept under the former one is not found any more',
    noKey: (tenant: string) =>
      `What Redis holds of ${tenant} was written with a key that is none of those that are configured. Configure that one; if it is lost, stop all processes and run \`ponte fingerprint-key --adopt\`.`,
    working: (tenant: string) => `A worker for "${tenant}" is connected: stop all workers first.`,
    adopted: (tenants: number) => `${counted(tenants, 'tenant uses', 'tenants use')} the configured key from now on.`,
  },
  'pt-BR': {
    rotateKey: 'cifra de novo, com a PONTE_SECRET_KEY, o que o Redis guarda cifrado',
    resealed: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      dryRun
        ? counted(count, 'segredo seria cifrado de novo', 'segredos seriam cifrados de novo')
        : counted(count, 'segredo cifrado de novo', 'segredos cifrados de novo'),
    current: (count: number) => counted(count, 'segredo já usava esta chave', 'segredos já usavam esta chave'),
    unreadable: (key: string) =>
      `${key} foi cifrado com uma chave que não é a PONTE_SECRET_KEY nem uma das PONTE_OTHER_SECRET_KEYS; execute o comando de novo com ela, ou conecte o tenant outra vez`,
    done: 'A PONTE_OTHER_SECRET_KEYS pode ser esvaziada quando todos os processos usarem esta PONTE_SECRET_KEY.',
    fingerprintKey: 'mostra a linha do .env com a chave das impressões usada no Redis: um segredo',
    adopt: 'passa a usar a chave configurada; o que foi guardado com a anterior não é mais encontrado',
    noKey: (tenant: string) =>
      `O que o Redis guarda de ${tenant} foi gravado com uma chave que não é nenhuma das configuradas. Configure aquela; se ela se perdeu, pare todos os processos e execute \`ponte fingerprint-key --adopt\`.`,
    working: (tenant: string) => `Há um worker conectado para "${tenant}": antes, pare todos os workers.`,
    adopted: (tenants: number) =>
      counted(
        tenants,
        'tenant usa a chave configurada a partir de agora.',
        'tenants usam a chave configurada a partir de agora.',
      ),
  },
} satisfies Record<Language, object>
